SRC_xlat += ref/base/addr.c ref/base/diag.c ref/base/rng.c ref/base/rules.c
TEST_xlat += ref/base/base_test.c
