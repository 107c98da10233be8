#include "authz/list.h"

#define TYPE_QAUTHZ_LIST_FILE "authz-list-file"
OBJECT_DECLARE_SIMPLE_TYPE(QAuthZListFile, QAUTHZ_LIST_FILE)

typedef struct QFileMonitor QFileMonitor;
