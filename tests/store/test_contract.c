#include "test.h"

#include "store/contract.h"
#include "store/contract_life.h"

RUN(CONTRACT, CONTRACT_LIFE)
