/* Linked with the whole of every library: that it could be is the test. */
#include <stdio.h>

int main(void)
{
	puts("every name once: Checks: 1, Failures: 0, Errors: 0");
	return 0;
}
