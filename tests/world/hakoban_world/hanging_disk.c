/* LD_PRELOAD: fsync of a file whose path holds HANGING_DISK_PATH does not return as long as HANGING_DISK_WHILE exists. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync(int fd) {
  char link[32], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  path[length > 0 ? length : 0] = '\0';
  if (strstr(path, getenv("HANGING_DISK_PATH"))) {
    while (access(getenv("HANGING_DISK_WHILE"), F_OK) == 0) usleep(10000);
  }
  return (int)syscall(SYS_fsync, fd);
}
