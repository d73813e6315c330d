/* Preloaded: while the file that $STUCK names is there, nothing reaches the disk and whoever waits for it hangs. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int fd)
{
	while (access(getenv("STUCK"), F_OK) == 0)
		usleep(10000);
	return (int)syscall(SYS_fdatasync, fd);
}
