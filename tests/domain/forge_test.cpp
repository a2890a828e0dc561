#include "tests/domain/support.hpp"
