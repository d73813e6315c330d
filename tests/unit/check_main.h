/* The frame every unit test shares: RUN("name", case, case …) makes main(). */
#pragma once

#include <check.h>
#include <stdlib.h>

/* Of loops over all there is: one in so many. Under valgrind some are enough, as the sanitizers see all of them. */
static inline unsigned sample(void)
{
	const char *text = getenv("DAYBOOK_SAMPLE");
	unsigned long step = text != NULL ? strtoul(text, NULL, 10) : 1;

	return step > 0 ? (unsigned)step : 1;
}

#define RUN(name_, ...) \
	int main(void) \
	{ \
		const TTest *const cases[] = { __VA_ARGS__ }; \
		Suite *suite = suite_create(name_); \
		TCase *tcase = tcase_create(name_); \
		SRunner *runner; \
		int failed; \
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) \
			tcase_add_test(tcase, cases[i]); \
		tcase_set_timeout(tcase, 120); \
		suite_add_tcase(suite, tcase); \
		runner = srunner_create(suite); \
		srunner_run_all(runner, CK_ENV); \
		failed = srunner_ntests_failed(runner); \
		srunner_free(runner); \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS; \
	}
