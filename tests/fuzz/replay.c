/* main() of a fuzz target in an ordinary build: runs every file of the given folders through it. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int n_files;

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data;

	if (f == NULL || fstat(fileno(f), &st) != 0)
		exit(1);
	/* A copy of exactly this size, so that one byte too far is seen by ASan. */
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	if (fread(data, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		exit(1);
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	n_files++;
}

static void run_path(const char *path)
{
	struct dirent *entry;
	struct stat st;
	char child[4096];
	DIR *dir;

	if (stat(path, &st) != 0) {
		fprintf(stderr, "no corpus at %s\n", path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		run_path(child);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		run_path(argv[i]);
	printf("%d inputs\n", n_files);
	return n_files > 0 ? 0 : 1;
}
