#include "conf_test.h"
