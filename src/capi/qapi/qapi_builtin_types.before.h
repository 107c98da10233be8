#include "qapi/util.h"
