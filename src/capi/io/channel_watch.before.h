#include "io/channel.h"
