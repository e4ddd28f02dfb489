#include "test.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"

static char home[64]; /* a folder for each test */

static const char *in_home(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *p = paths[next++ % 4];

    snprintf(p, sizeof paths[0], "%s/%s", home, name);
    return p;
}

static int setup(void **state)
{
    (void)state;
    snprintf(home, sizeof home, "/tmp/botops-file-XXXXXX");
    return mkdtemp(home) ? 0 : -1;
}

static int teardown(void **state)
{
    struct err e;

    (void)state;
    return folder_remove(home, &e) == OK ? 0 : -1;
}

TEST(what_is_written_is_read_with_the_mode_asked_for)
{
    struct buf b AUTO(buf) = BUF(1 << 20);
    struct stat st;
    struct err e;
    mode_t mask = umask(077);

    PASS(file_write(in_home("a"), STR("hello\0world"), 0640, true, &e));
    umask(mask);
    PASS(file_read(in_home("a"), &b, &e));
    EQ(b.n, 11);
    assert_memory_equal(b.p, "hello\0world", 11);
    EQ(stat(in_home("a"), &st), 0);
    EQ(st.st_mode & 0777, 0640);
}

TEST(writing_again_replaces_the_whole_and_leaves_nothing_beside)
{
    struct buf b AUTO(buf) = BUF(100);
    struct err e;

    PASS(file_write(in_home("a"), STR("a long first text"), 0600, false, &e));
    PASS(file_write(in_home("a"), STR("short"), 0600, false, &e));
    PASS(file_read(in_home("a"), &b, &e));
    VIEWEQ(buf_str(&b), "short");
    EQ(unlink(in_home("a")), 0);
    EQ(rmdir(home), 0); /* empty */
    EQ(mkdir(home, 0700), 0);
}

TEST(a_name_without_a_folder_is_in_the_current_one)
{
    struct buf b AUTO(buf) = BUF(100);
    struct err e;
    int back = open(".", O_RDONLY | O_DIRECTORY);

    EQ(chdir(home), 0);
    PASS(file_write("plain", STR("x"), 0600, true, &e));
    PASS(file_read("plain", &b, &e));
    EQ(fchdir(back), 0);
    close(back);
    VIEWEQ(buf_str(&b), "x");
}

TEST(reading_adds_to_what_the_buffer_holds)
{
    struct buf b AUTO(buf) = BUF(100);
    struct err e;

    PASS(file_write(in_home("a"), STR("two"), 0600, false, &e));
    buf_add(&b, STR("one "));
    PASS(file_read(in_home("a"), &b, &e));
    VIEWEQ(buf_str(&b), "one two");
}

TEST(a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not)
{
    struct buf fits AUTO(buf) = BUF(5), small AUTO(buf) = BUF(4);
    struct err e;

    PASS(file_write(in_home("a"), STR("12345"), 0600, false, &e));
    PASS(file_read(in_home("a"), &fits, &e));
    VIEWEQ(buf_str(&fits), "12345");
    EQ(file_read(in_home("a"), &small, &e), E_LIMIT);
    HAS(e.text, "limit of 4 bytes");
    HAS(e.text, home);
}

TEST(files_that_tell_no_size_are_read_to_their_end_and_within_the_limit)
{
    struct buf all AUTO(buf) = BUF(1 << 20), small AUTO(buf) = BUF(10);
    struct err e;

    PASS(file_read("/proc/self/status", &all, &e));
    TRUE(strstr(all.p, "VmRSS") || all.n > 100);
    EQ(file_read("/proc/self/status", &small, &e), E_LIMIT);
}

TEST(errors_of_reading_name_the_path_and_the_reason)
{
    struct buf b AUTO(buf) = BUF(100);
    struct err e;

    EQ(file_read(in_home("missing"), &b, &e), E_NOT_FOUND);
    HAS(e.text, "missing: it does not exist");
    EQ(file_read(home, &b, &e), E_INPUT);
    HAS(e.text, "it is a folder");
    EQ(file_write(in_home("no/such/folder"), STR("x"), 0600, false, &e), E_NOT_FOUND);
    HAS(e.text, "no/such/folder");
}

enum { CANNOT_MOUNT = 77 };

/* In a child of its own name space, on a disk of 64 KB: the exit status tells. */
static int fill_disk(void)
{
    static char much[256 << 10];
    struct buf b AUTO(buf) = BUF(100);
    struct err e;

    if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS)) return CANNOT_MOUNT;
    if (mount("none", home, "tmpfs", 0, "size=64k")) return CANNOT_MOUNT;
    if (file_write(in_home("a"), STR("old"), 0600, false, &e) != OK) return 1;
    if (file_write(in_home("a"), str_n(much, sizeof much), 0600, false, &e) != E_FULL) return 2;
    if (!strstr(e.text, "the disk is full")) return 3;
    if (file_read(in_home("a"), &b, &e) != OK || !str_is(buf_str(&b), "old")) return 4;
    return unlink(in_home("a")) || disk_free(home) != 64 << 10 ? 5 : 0;
}

TEST(a_full_disk_is_told_as_such_and_leaves_the_old_file)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) _exit(fill_disk());
    EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT) skip();
    EQ(status, 0);
}

TEST(folders_are_made_with_their_parents_and_again_without_harm)
{
    struct stat st;
    struct err e;

    PASS(folder_make(in_home("x/y/z"), 0700, &e));
    PASS(folder_make(in_home("x/y/z"), 0700, &e));
    PASS(folder_make(in_home("x/y/z/"), 0700, &e));
    EQ(stat(in_home("x/y/z"), &st), 0);
    TRUE(S_ISDIR(st.st_mode));
    PASS(file_write(in_home("x/file"), STR(""), 0600, false, &e));
    EQ(folder_make(in_home("x/file"), 0700, &e), E_CONFLICT);
    HAS(e.text, "in the way");
    TRUE(folder_make(in_home("x/file/below"), 0700, &e) != OK);
}

TEST(removing_takes_the_whole_tree_and_no_link_s_target)
{
    struct buf b AUTO(buf) = BUF(100);
    struct stat st;
    struct err e;

    PASS(folder_make(in_home("keep/inside"), 0700, &e));
    PASS(file_write(in_home("keep/inside/file"), STR("kept"), 0600, false, &e));
    PASS(folder_make(in_home("tree/a/b"), 0700, &e));
    PASS(file_write(in_home("tree/a/b/file"), STR("gone"), 0600, false, &e));
    PASS(file_write(in_home("tree/.hidden"), STR("gone"), 0600, false, &e));
    EQ(symlink(in_home("keep"), in_home("tree/a/link")), 0);
    EQ(symlink("nowhere", in_home("tree/dangling")), 0);
    EQ(chmod(in_home("tree/a/b"), 0500), 0);
    PASS(folder_remove(in_home("tree"), &e));
    EQ(lstat(in_home("tree"), &st), -1);
    PASS(file_read(in_home("keep/inside/file"), &b, &e));
    VIEWEQ(buf_str(&b), "kept");
    PASS(folder_remove(in_home("tree"), &e));
}

TEST(removing_does_not_follow_a_link_at_the_top)
{
    struct stat st;
    struct err e;

    PASS(folder_make(in_home("keep"), 0700, &e));
    EQ(symlink(in_home("keep"), in_home("link")), 0);
    EQ(folder_remove(in_home("link"), &e), E_INPUT);
    EQ(stat(in_home("keep"), &st), 0);
}

/* Deeper than any path may be long, and than descriptors would last. */
TEST(a_very_deep_tree_is_removed)
{
    struct stat st;
    struct err e;
    int at = open(home, O_RDONLY | O_DIRECTORY);

    EQ(mkdirat(at, "deep", 0700), 0);
    for (int i = 0; i < 3000; i++) {
        int next = openat(at, i ? "d" : "deep", O_RDONLY | O_DIRECTORY);

        TRUE(next >= 0);
        close(at);
        at = next;
        EQ(mkdirat(at, "d", 0700), 0);
        EQ(mkdirat(at, "side", 0700), 0);
    }
    close(at);
    PASS(folder_remove(in_home("deep"), &e));
    EQ(lstat(in_home("deep"), &st), -1);
}

static bool join(void *arg, const char *name, bool is_folder)
{
    struct buf *b = arg;

    buf_addf(b, "%s%s ", name, is_folder ? "/" : "");
    return strcmp(name, "stop") != 0;
}

TEST(a_listing_is_sorted_and_has_no_dot_files)
{
    struct buf b AUTO(buf) = BUF(100);
    struct err e;

    PASS(file_write(in_home("b"), STR(""), 0600, false, &e));
    PASS(file_write(in_home(".hidden"), STR(""), 0600, false, &e));
    PASS(file_write(in_home("a10"), STR(""), 0600, false, &e));
    PASS(folder_make(in_home("a2"), 0700, &e));
    PASS(folder_list(home, join, &b, &e));
    VIEWEQ(buf_str(&b), "a10 a2/ b ");
    buf_clear(&b);
    PASS(file_write(in_home("stop"), STR(""), 0600, false, &e));
    PASS(file_write(in_home("z"), STR(""), 0600, false, &e));
    PASS(folder_list(home, join, &b, &e));
    VIEWEQ(buf_str(&b), "a10 a2/ b stop ");
    EQ(folder_list(in_home("none"), join, &b, &e), E_NOT_FOUND);
}

TEST(free_space_is_told_or_unknown)
{
    TRUE(disk_free("/tmp") > 0);
    EQ(disk_free("/no/such/folder"), -1);
}

TEST(a_folder_is_locked_once_and_the_error_names_the_holder)
{
    struct err e;
    char pid[32];
    int fd = -1, second = -1;

    PASS(folder_lock(home, &fd, &e));
    EQ(folder_lock(home, &second, &e), E_CONFLICT);
    snprintf(pid, sizeof pid, "process %d already uses", (int)getpid());
    HAS(e.text, pid);
    EQ(second, -1);
    close(fd);
    PASS(folder_lock(home, &fd, &e));
    close(fd);
}

#define F(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN(F(what_is_written_is_read_with_the_mode_asked_for),
    F(writing_again_replaces_the_whole_and_leaves_nothing_beside),
    F(a_name_without_a_folder_is_in_the_current_one), F(reading_adds_to_what_the_buffer_holds),
    F(a_file_of_exactly_the_limit_is_read_and_one_byte_more_is_not),
    F(files_that_tell_no_size_are_read_to_their_end_and_within_the_limit),
    F(errors_of_reading_name_the_path_and_the_reason),
    F(a_full_disk_is_told_as_such_and_leaves_the_old_file),
    F(folders_are_made_with_their_parents_and_again_without_harm),
    F(removing_takes_the_whole_tree_and_no_link_s_target),
    F(removing_does_not_follow_a_link_at_the_top), F(a_very_deep_tree_is_removed),
    F(a_listing_is_sorted_and_has_no_dot_files), F(free_space_is_told_or_unknown),
    F(a_folder_is_locked_once_and_the_error_names_the_holder))
