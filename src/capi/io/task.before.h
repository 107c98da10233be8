typedef struct QIOTask QIOTask;
