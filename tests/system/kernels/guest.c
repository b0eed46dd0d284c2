/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs first in an emulated machine, linked statically: /init of the initramfs.
 *
 *   as process 1      says what kernel and processor this is, works off /plan, and powers the machine off
 *   guest draw        16 bytes by the system call getrandom itself, in hex; or the name of the error
 *   guest devices     the random devices that this root has
 *
 * A line of /plan, words parted by tabs: NAME SECONDS ROOT [VARIABLE=VALUE]... PROGRAM ARGUMENT... Each line's program is process 1 of a
 * container: process, mount, network, IPC and name spaces of its own, ROOT as its read-only root, an own /proc, /sys, /tmp, and a /dev
 * without random devices. What it prints stands between `@begin NAME` and `@end NAME CODE MILLISECONDS`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>

enum { MAX_WORDS = 64, MAX_LINE = 4096, TIMED_OUT = 124, CANNOT_START = 125 };

static void must(int succeeded, const char *what) {
  if (succeeded)
    return;
  printf("guest: cannot %s: %s\n", what, strerror(errno));
  fflush(stdout);
  _exit(CANNOT_START);
}

static int draw(void) {
  unsigned char bytes[16];
  const long got = syscall(SYS_getrandom, bytes, sizeof bytes, 0);
  if (got != (long)sizeof bytes) {
    puts(got >= 0 ? "getrandom: short" : errno == ENOSYS ? "getrandom: ENOSYS" : errno == EPERM ? "getrandom: EPERM" : strerror(errno));
    return 1;
  }
  for (size_t i = 0; i < sizeof bytes; ++i)
    printf("%02x", bytes[i]);
  puts("");
  return 0;
}

static int show_devices(void) {
  static const char *const devices[] = {"/dev/random", "/dev/urandom", "/dev/hwrng"};
  int found = 0;
  for (int i = 0; i < 3; ++i)
    if (access(devices[i], F_OK) == 0)
      printf("%s%s", found++ ? " " : "", devices[i]);
  puts(found ? "" : "none");
  return found ? 1 : 0;
}

/* The first line of a file, or what stands in for it. */
static void read_line(const char *path, char *line, size_t size, const char *otherwise) {
  FILE *file = fopen(path, "re");
  if (file == NULL || fgets(line, (int)size, file) == NULL)
    snprintf(line, size, "%s", otherwise);
  line[strcspn(line, "\n")] = 0;
  if (file != NULL)
    fclose(file);
}

/* Does the processor have an instruction that gives random bytes? Its flags are a line of /proc/cpuinfo; no machine here has so many that
 * the line is cut. */
static int has_random_instruction(void) {
  static char line[16384];
  FILE *file = fopen("/proc/cpuinfo", "re");
  int found = 0;
  while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = ' ';
    if (strncmp(line, "flags", 5) == 0 || strncmp(line, "Features", 8) == 0)
      found = strstr(line, " rdrand ") != NULL || strstr(line, " rng ") != NULL;
  }
  if (file != NULL)
    fclose(file);
  return found;
}

static void say_where(void) {
  struct utsname name;
  char fips[16];
  must(uname(&name) == 0, "name the kernel");
  read_line("/proc/sys/crypto/fips_enabled", fips, sizeof fips, "absent");
  printf("@machine release=%s architecture=%s random-instruction=%s fips-mode=%s\n", name.release, name.machine,
         has_random_instruction() ? "yes" : "no", fips);
}

static void raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  must(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0, "raise the loopback");
  close(fd);
}

static void make_devices(void) {
  static const struct {
    const char *path;
    unsigned minor;
  } devices[] = {{"dev/null", 3}, {"dev/zero", 5}, {"dev/full", 7}};
  must(mount("dev", "dev", "tmpfs", MS_NOSUID, "mode=755") == 0, "mount /dev");
  umask(0);
  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; ++i)
    must(mknod(devices[i].path, S_IFCHR | 0666, makedev(1, devices[i].minor)) == 0, devices[i].path);
  umask(022);
}

/* In the new name spaces, before the program. */
static void enter(const char *root) {
  must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "make the mounts private");
  must(mount(root, root, NULL, MS_BIND, NULL) == 0 && chdir(root) == 0, "mount the root");
  must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0, "mount /proc");
  must(access("sys", F_OK) != 0 || mount("sys", "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL) == 0, "mount /sys");
  must(mount("tmp", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0, "mount /tmp");
  make_devices();
  must(mount(NULL, root, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0, "make the root read-only");
  must(chroot(root) == 0 && chdir("/") == 0, "enter the root");
  raise_loopback();
  setsid();
}

static long now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The exit code of the child, as a shell counts it; it is killed, and with it all of its container, when the time is over. */
static int wait_for(pid_t child, int seconds) {
  const long end_ms = now_ms() + seconds * 1000L;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (now_ms() > end_ms) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return TIMED_OUT;
    }
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* words: SECONDS ROOT [VARIABLE=VALUE]... PROGRAM ARGUMENT... */
static int run(char **words) {
  const int seconds = atoi(words[0]);
  char *const root = words[1];
  char **environment = words + 2, **program = environment, *given[MAX_WORDS] = {NULL};
  for (size_t i = 0; *program != NULL && strchr(*program, '=') != NULL; ++program)
    given[i++] = *program;
  if (*program == NULL)
    return CANNOT_START;
  const unsigned long spaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  const pid_t child = (pid_t)syscall(SYS_clone, spaces | SIGCHLD, NULL, NULL, NULL, NULL);
  must(child >= 0, "make a container");
  if (child == 0) {
    enter(root);
    execve(*program, program, given);
    must(0, *program);
  }
  return wait_for(child, seconds);
}

static void work_off_plan(void) {
  char line[MAX_LINE];
  FILE *plan = fopen("/plan", "re");
  must(plan != NULL, "open the plan");
  while (fgets(line, sizeof line, plan) != NULL) {
    char *words[MAX_WORDS + 1] = {NULL}, *rest = line;
    line[strcspn(line, "\n")] = 0;
    for (int i = 0; i < MAX_WORDS && rest != NULL; ++i)
      words[i] = strsep(&rest, "\t");
    if (words[1] == NULL || words[2] == NULL)
      continue;
    printf("@begin %s\n", words[0]);
    fflush(stdout);
    const long start_ms = now_ms();
    const int code = run(words + 1);
    printf("\n@end %s %d %ld\n", words[0], code, now_ms() - start_ms);
    fflush(stdout);
  }
  fclose(plan);
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "draw") == 0)
    return draw();
  if (argc == 2 && strcmp(argv[1], "devices") == 0)
    return show_devices();
  if (getpid() != 1) {
    fputs("usage: guest draw|devices, or as process 1\n", stderr);
    return 2;
  }
  mkdir("/proc", 0755);
  must(mount("proc", "/proc", "proc", 0, NULL) == 0, "mount /proc");
  say_where();
  work_off_plan();
  puts("@done");
  fflush(stdout);
  tcdrain(STDOUT_FILENO);
  reboot(RB_POWER_OFF);
  for (;;)
    pause();
}
