#if QIO_API_BEFORE(2, 12)
/* Older generations; see io/channel.h. */
static inline void
qio_api_task_run_in_thread(QIOTask *task, QIOTaskWorker worker,
                           gpointer opaque, GDestroyNotify destroy)
{
    qio_task_run_in_thread(task, worker, opaque, destroy, NULL);
}
#define qio_task_run_in_thread qio_api_task_run_in_thread
#endif
