/* SPDX-License-Identifier: Apache-2.0 */
/* Included before every file (-include): calls that are unsafe, blocking or not
 * under our clock do not compile. The system headers come first, so that their
 * own declarations stay intact. */
#ifndef REL_BASE_BANNED_H
#define REL_BASE_BANNED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REL_BANNED(call, instead) use_##instead##_instead_of_##call

#undef strcpy
#define strcpy(...) REL_BANNED(strcpy, rel_text_copy)
#undef strcat
#define strcat(...) REL_BANNED(strcat, rel_text_append)
#undef strncpy
#define strncpy(...) REL_BANNED(strncpy, rel_text_copy)
#undef strncat
#define strncat(...) REL_BANNED(strncat, rel_text_append)
#undef sprintf
#define sprintf(...) REL_BANNED(sprintf, rel_text_format)
#undef vsprintf
#define vsprintf(...) REL_BANNED(vsprintf, rel_buf_vprintf)
#undef gets
#define gets(...) REL_BANNED(gets, rel_stream)
#undef strtok
#define strtok(...) REL_BANNED(strtok, strchr)
#undef atoi
#define atoi(...) REL_BANNED(atoi, rel_text_to_i64)
#undef atol
#define atol(...) REL_BANNED(atol, rel_text_to_i64)
#undef gmtime
#define gmtime(...) REL_BANNED(gmtime, rel_wall_format)
#undef localtime
#define localtime(...) REL_BANNED(localtime, rel_wall_format)
#undef ctime
#define ctime(...) REL_BANNED(ctime, rel_wall_format)
#undef time
#define time(...) REL_BANNED(time, rel_loop_now)
#undef gettimeofday
#define gettimeofday(...) REL_BANNED(gettimeofday, rel_loop_now)
#undef rand
#define rand(...) REL_BANNED(rand, entropy)
#undef random
#define random(...) REL_BANNED(random, entropy)
#undef sleep
#define sleep(...) REL_BANNED(sleep, deadline)
#undef usleep
#define usleep(...) REL_BANNED(usleep, deadline)
#undef system
#define system(...) REL_BANNED(system, none)
#undef popen
#define popen(...) REL_BANNED(popen, none)
#undef getaddrinfo
#define getaddrinfo(...) REL_BANNED(getaddrinfo, uv_getaddrinfo)
#undef gethostbyname
#define gethostbyname(...) REL_BANNED(gethostbyname, uv_getaddrinfo)
#undef alloca
#define alloca(...) REL_BANNED(alloca, rel_calloc)

#endif
