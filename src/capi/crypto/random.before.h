#include "qapi/error.h"
