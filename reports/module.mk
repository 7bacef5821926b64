SRC_report += reports/escape.c reports/render.c reports/junit.c reports/markdown.c reports/badge.c
SRC_report += reports/diff.c reports/cmd_report.c reports/cmd_diff.c
TEST_report += reports/escape_test.c reports/diff_test.c
SCRIPT_TESTS += reports/report.t
