/* offline PROGRAM ARGUMENT…: run a program that cannot open a socket to anywhere but this host's files.
   For steps on hosts that forbid namespaces (Docker's seccomp profile does). Only local sockets and
   netlink, which libc asks for interfaces, stay; nothing that the program starts can undo it. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "this architecture is not known here"
#endif
#ifndef __NR_io_uring_setup
#define __NR_io_uring_setup 425
#endif
#define X32 0x40000000u

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

int main(int count, char **words)
{
    struct sock_filter filter[] = {
        LOAD(arch),
        IF(ARCH, 1, 0),
        REFUSE(EPERM), /* a foreign calling convention would need rules of its own */
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1),
        REFUSE(ENOSYS),
        IF(__NR_io_uring_setup, 0, 1), /* it can open sockets, too */
        REFUSE(ENOSYS),
        IF(__NR_socket, 1, 0),
        ALLOW,
        LOAD(args[0]),
        IF(AF_UNIX, 1, 0),
        IF(AF_NETLINK, 0, 1),
        ALLOW,
        REFUSE(ENETUNREACH),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};

    if (count < 2)
        return 2;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
        perror("offline: the kernel takes no filter");
        return 1;
    }
    execvp(words[1], words + 1);
    perror(words[1]);
    return 127;
}
