// freeze_thread PID NAME: makes one thread of a process hang in its next system call that is work, for as long as this runs.
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static long thread_named(const char* pid, const char* name) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%s/task", pid);
  DIR* tasks = opendir(path);
  struct dirent* entry;
  while (tasks && (entry = readdir(tasks))) {
    char comm[64] = "";
    snprintf(path, sizeof path, "/proc/%s/task/%s/comm", pid, entry->d_name);
    FILE* file = fopen(path, "r");
    if (!file) continue;
    if (fgets(comm, sizeof comm, file)) comm[strcspn(comm, "\n")] = 0;
    fclose(file);
    if (!strcmp(comm, name)) return atol(entry->d_name);
  }
  return 0;
}

// What a thread does at work and never to wait.
static int is_work(unsigned long long call) {
  return call == SYS_openat || call == SYS_newfstatat || call == SYS_statx || call == SYS_pread64 || call == SYS_connect ||
         call == SYS_sendto || call == SYS_sendmsg;
}

int main(int argc, char** argv) {
  const long found = argc == 3 ? thread_named(argv[1], argv[2]) : 0;
  if (!found) return fprintf(stderr, "usage: freeze_thread PID NAME (of a thread that is there)\n"), 2;
  const pid_t thread = (pid_t)found;
  int status;
  if (ptrace(PTRACE_SEIZE, thread, 0, PTRACE_O_TRACESYSGOOD) != 0 || ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0)
    return perror("ptrace"), 1;
  // A thread that waits is well, however long: so it is stopped at its next piece of work, as if that hung.
  for (;;) {
    struct user_regs_struct registers;
    if (waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status)) return 1;
    const int at_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    if (at_call && ptrace(PTRACE_GETREGS, thread, 0, &registers) == 0 && is_work(registers.orig_rax)) break;
    if (ptrace(PTRACE_SYSCALL, thread, 0, 0) != 0) return perror("ptrace"), 1;
  }
  printf("frozen\n");
  fflush(stdout);
  for (;;) pause();
}
