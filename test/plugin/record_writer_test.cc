#include "plugin/record_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "test/plugin/record_writer_fixture.h"
#include "test/support/files.h"

namespace flowmon {
namespace {

using test::ReadFile;
using test::WriteFile;
using testing::HasSubstr;

TEST_F(RecordWriterTest, CreatesAFileForItsOwnerAlone) {
  const mode_t mask = umask(0);
  Open(0);
  umask(mask);
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode, S_IFREG | 0600u);
}

TEST_F(RecordWriterTest, AppendsToWhatIsThere) {
  WriteFile(path_, "old\n");
  const auto writer = Open(0);
  EXPECT_EQ(writer->repaired_bytes(), 0u);
  Write(*writer, "new\n");
  EXPECT_EQ(ReadFile(path_), "old\nnew\n");
}

TEST_F(RecordWriterTest, CutsATornLastLine) {
  const std::string page(4096, 'x');
  const struct {
    std::string whole, torn;
  } cases[] = {
      {"", ""},
      {"a\n", ""},
      {"\n", ""},
      {"", "{"},
      {"a\n", "b"},
      {"a\nb\n", "{\"x\":"},
      {"", page},
      {"", page + page + "x"},
      {"a\n", page + page + page},
      {page + "\n", page},
      {page.substr(1) + "\n", page},
      {page + page + "\n", page.substr(1)},
      {"\n", page.substr(1)},
      {"\n\n\n", std::string(3, '\0')},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(testing::Message() << c.whole.size() << "+" << c.torn.size());
    WriteFile(path_, c.whole + c.torn);
    const auto writer = Open(0);
    EXPECT_EQ(writer->repaired_bytes(), c.torn.size());
    EXPECT_EQ(ReadFile(path_), c.whole);
    Write(*writer, "next\n");
    EXPECT_EQ(ReadFile(path_), c.whole + "next\n");
  }
}

TEST_F(RecordWriterTest, ASecondWriterIsAnErrorAndChangesNothing) {
  auto writer = Open(0);
  Write(*writer, "a\n");
  WriteFile(path_, "a\ntorn");  // as if the first one were in the middle of a line
  EXPECT_THAT(ExpectRefused(), testing::AllOf(HasSubstr(dir_.path()), HasSubstr("another instance"),
                                              HasSubstr("FLOW_MONITOR_OUTPUT")));
  EXPECT_EQ(ReadFile(path_), "a\ntorn");
  writer.reset();
  Open(0);
  EXPECT_EQ(ReadFile(path_), "a\n");
}

TEST_F(RecordWriterTest, DoesNotHandTheFileOnToOtherPrograms) {
  const auto writer = Open({.segment_bytes = 1});
  Write(*writer, Line(1));
  int num_open = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    if (!std::filesystem::read_symlink(entry.path(), error).string().starts_with(dir_.path()))
      continue;
    EXPECT_EQ(fcntl(std::stoi(entry.path().filename()), F_GETFD), FD_CLOEXEC);
    ++num_open;
  }
  EXPECT_EQ(num_open, 2) << "the records and the lock";
}

TEST_F(RecordWriterTest, ALinkIsRefused) {
  WriteFile(dir_ / "victim", "torn");
  ASSERT_EQ(symlink((dir_ / "victim").c_str(), path_.c_str()), 0);
  EXPECT_THAT(ExpectRefused(), HasSubstr(path_));
  EXPECT_EQ(ReadFile(dir_ / "victim"), "torn");
}

TEST_F(RecordWriterTest, WhatIsNoFileIsRefused) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(ExpectRefused(), HasSubstr("is not a regular file"));
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_THAT(ExpectRefused(), HasSubstr("Is a directory"));
}

TEST_F(RecordWriterTest, AMissingDirectoryIsNamed) {
  const auto writer = RecordWriter::Open(dir_ / "nowhere", {});
  ASSERT_FALSE(writer.ok());
  EXPECT_THAT(std::string(writer.status().message()), HasSubstr(dir_ / "nowhere"));
}

TEST_F(RecordWriterTest, WithoutABufferEachLineIsWrittenAtOnce) {
  const auto writer = Open(0);
  for (size_t n = 1; n <= 5; ++n) {
    Write(*writer, Line(n));
    EXPECT_EQ(ReadFile(path_), Lines(1, n));
    EXPECT_EQ(writer->lines_written(), n);
  }
}

TEST_F(RecordWriterTest, AFullBufferIsWritten) {
  const auto writer = Open(10);
  Write(*writer, "123456\n");
  EXPECT_EQ(ReadFile(path_), "");
  Write(*writer, "89\n");
  EXPECT_EQ(ReadFile(path_), "123456\n89\n");
  Write(*writer, "c\n");
  EXPECT_EQ(ReadFile(path_), "123456\n89\n");
  EXPECT_EQ(writer->lines_written(), 3u);
}

TEST_F(RecordWriterTest, AnOldLineIsWritten) {
  const auto writer = Open(1000, 5 * kSecond);
  writer->FlushIfDue(100 * kSecond);  // nothing to write, however late
  Write(*writer, "a\n", 100 * kSecond);
  Write(*writer, "b\n", 104 * kSecond);
  writer->FlushIfDue(105 * kSecond - 1);
  EXPECT_EQ(ReadFile(path_), "");
  writer->FlushIfDue(105 * kSecond);
  EXPECT_EQ(ReadFile(path_), "a\nb\n");
  Write(*writer, "c\n", 106 * kSecond);
  writer->FlushIfDue(111 * kSecond - 1);
  EXPECT_EQ(ReadFile(path_), "a\nb\n");
  writer->FlushIfDue(111 * kSecond);
  EXPECT_EQ(ReadFile(path_), "a\nb\nc\n");
}

TEST_F(RecordWriterTest, TheRestIsWrittenInTheEnd) {
  Write(*Open(1000), "a\n");
  EXPECT_EQ(ReadFile(path_), "a\n");
}

TEST_F(RecordWriterTest, ALineThatWasNotCommittedIsNotWritten) {
  {
    const auto writer = Open(1000);
    Write(*writer, "a\n");
    writer->buffer() += "half";
    EXPECT_TRUE(writer->Flush());
    EXPECT_EQ(ReadFile(path_), "a\n");
    writer->buffer() += " and half\n";
    writer->CommitLine(1);
    writer->buffer() += "never";
  }
  EXPECT_EQ(ReadFile(path_), "a\nhalf and half\n");
}

// At each size of the disk: the file holds the whole lines that fit, and the others come later.
TEST_F(RecordWriterTest, AFullDiskTearsNoLineAndDoublesNone) {
  constexpr size_t kNumLines = 12;
  const std::string all = Lines(1, kNumLines);
  for (const size_t buffer_bytes : {size_t{0}, size_t{20}, size_t{10000}}) {
    for (size_t max_bytes = 0; max_bytes <= all.size(); ++max_bytes) {
      SCOPED_TRACE(testing::Message() << max_bytes << " bytes, buffer " << buffer_bytes);
      std::filesystem::remove(path_);
      const auto writer = Open(buffer_bytes);
      {
        const FullDisk disk(max_bytes);
        for (size_t n = 1; n <= kNumLines; ++n) Write(*writer, Line(n), n * kSecond * 2);
        EXPECT_EQ(writer->Flush(), max_bytes == all.size());
      }
      const std::string written = ReadFile(path_);
      EXPECT_EQ(written, all.substr(0, written.size()));
      EXPECT_TRUE(written.empty() || written.back() == '\n');
      EXPECT_GT(written.size() + Line(kNumLines).size(), max_bytes);
      EXPECT_EQ(writer->last_error(), max_bytes == all.size() ? 0 : EFBIG);

      EXPECT_TRUE(writer->Flush());
      EXPECT_EQ(writer->last_error(), 0);
      EXPECT_EQ(ReadFile(path_), all);
      EXPECT_EQ(writer->lines_written(), kNumLines);
      EXPECT_EQ(writer->lines_lost(), 0u);
      Write(*writer, "after\n");
      EXPECT_TRUE(writer->Flush());
      EXPECT_EQ(ReadFile(path_), all + "after\n");
    }
  }
}

TEST_F(RecordWriterTest, AFullDiskIsTriedOnceASecond) {
  const auto writer = Open(0);
  {
    const FullDisk disk(0);
    Write(*writer, Line(1), 10 * kSecond);
    EXPECT_EQ(writer->last_error(), EFBIG);
  }
  Write(*writer, Line(2), 11 * kSecond - 1);
  EXPECT_EQ(ReadFile(path_), "");
  writer->FlushIfDue(11 * kSecond - 1);
  EXPECT_EQ(ReadFile(path_), "");
  writer->FlushIfDue(11 * kSecond);
  EXPECT_EQ(ReadFile(path_), Lines(1, 2));
  Write(*writer, Line(3), 11 * kSecond + 1);
  EXPECT_EQ(ReadFile(path_), Lines(1, 3)) << "at once again";
}

TEST_F(RecordWriterTest, BeyondItsBoundNewLinesAreLostAndCounted) {
  constexpr size_t kLineSize = 64 << 10, kNumLines = 200;
  const auto writer = Open(0);
  {
    const FullDisk disk(kLineSize * 3 / 2);
    for (size_t n = 1; n <= kNumLines; ++n) Write(*writer, Line(n, kLineSize), n);
    EXPECT_LE(writer->buffer().size(), (4 << 20) + kLineSize);
  }
  EXPECT_EQ(ReadFile(path_), Line(1, kLineSize));
  EXPECT_GT(writer->lines_lost(), 0u);
  EXPECT_GE(writer->lines_written(), (4 << 20) / kLineSize);
  EXPECT_EQ(writer->lines_written() + writer->lines_lost(), kNumLines);

  EXPECT_TRUE(writer->Flush());
  const size_t kept = writer->lines_written();
  Write(*writer, Line(kNumLines + 1, kLineSize), 2 * kSecond);
  std::string expected;
  for (size_t n = 1; n <= kept; ++n) expected += Line(n, kLineSize);
  expected += Line(kNumLines + 1, kLineSize);
  EXPECT_TRUE(ReadFile(path_) == expected);
}

TEST_F(RecordWriterTest, OnAGoodDiskNoLineIsTooLong) {
  const auto writer = Open(0);
  for (size_t n = 1; n <= 3; ++n) Write(*writer, Line(n, 5 << 20));
  EXPECT_EQ(writer->lines_lost(), 0u);
  EXPECT_EQ(std::filesystem::file_size(path_), size_t{15} << 20);
}

TEST_F(RecordWriterTest, WritingGoesOnByItselfAfterLinesWereLost) {
  constexpr size_t kLineSize = 1 << 20;
  const auto writer = Open(0);
  uint64_t now_ns = kSecond;
  {
    const FullDisk disk(0);
    while (writer->lines_lost() == 0) Write(*writer, Line(1, kLineSize), ++now_ns);
  }
  const uint64_t lost = writer->lines_lost();
  Write(*writer, Line(2), now_ns += 2 * kSecond);  // finds no room, but the disk well again
  Write(*writer, Line(3), ++now_ns);
  EXPECT_EQ(writer->last_error(), 0);
  EXPECT_EQ(writer->lines_lost(), lost + 1);
  const std::string content = ReadFile(path_);
  EXPECT_EQ(content.size(), (writer->lines_written() - 1) * kLineSize + Line(3).size());
  EXPECT_TRUE(content.ends_with(Line(3)));
}

// Whatever the disk does, each line is in the file once, in order, or counted as lost.
TEST_F(RecordWriterTest, LinesWrittenAndLostAddUp) {
  uint64_t random = 1;
  const auto next = [&random](uint64_t below) {
    return (random = random * 6364136223846793005u + 1442695040888963407u) / 65536 % below;
  };
  for (int round = 0; round < 30; ++round) {
    std::filesystem::remove(path_);
    auto writer = Open(next(2) * next(100'000), next(3) * kSecond);
    uint64_t now_ns = kSecond, written, lost;
    size_t num_lines = 0;
    for (int phase = 0; phase < 6; ++phase) {
      const FullDisk disk(phase % 2 == 0 ? next(6 << 20) : size_t{1} << 30);
      for (uint64_t n = next(60); n > 0; --n)
        Write(*writer, Line(++num_lines, next(200'000)), now_ns += next(kSecond));
    }
    EXPECT_TRUE(writer->Flush());
    written = writer->lines_written();
    lost = writer->lines_lost();
    writer.reset();
    EXPECT_EQ(written + lost, num_lines);
    const std::vector<std::string> lines = test::ReadLines(path_);
    ASSERT_EQ(lines.size(), written);
    size_t last = 0;
    for (const std::string& line : lines) {
      const size_t number = std::stoul(line.substr(5));
      ASSERT_GT(number, last);
      last = number;
    }
  }
}

TEST_F(RecordWriterTest, WhatCannotBeWrittenInTheEndIsCountedAsLost) {
  const auto writer = Open(1000);
  for (size_t n = 1; n <= 5; ++n) Write(*writer, Line(n));
  {
    const FullDisk disk(Line(1).size() * 2 + 3);
    EXPECT_FALSE(writer->FlushOrLose());
  }
  EXPECT_EQ(ReadFile(path_), Lines(1, 2));
  EXPECT_EQ(writer->lines_written(), 2u);
  EXPECT_EQ(writer->lines_lost(), 3u);
  EXPECT_TRUE(writer->FlushOrLose());
  EXPECT_EQ(ReadFile(path_), Lines(1, 2));
}

TEST_F(RecordWriterTest, WithoutKeepingNoLineWaits) {
  const auto writer = Open({.keep_unwritten = false});
  {
    const FullDisk disk(Line(1).size() * 2 + 3);
    for (size_t n = 1; n <= 5; ++n) Write(*writer, Line(n));
  }
  EXPECT_EQ(writer->lines_written(), 2u);
  EXPECT_EQ(writer->lines_lost(), 3u);
  EXPECT_EQ(writer->current_bytes(), Lines(1, 2).size());
  Write(*writer, Line(6));
  EXPECT_EQ(ReadFile(path_), Lines(1, 2) + Line(6));
}

// Somebody empties the file of a running campaign, and then the disk is full.
TEST_F(RecordWriterTest, AFileThatOthersCutIsNotFilledUpAgain) {
  const auto writer = Open(1000);
  Write(*writer, Line(1, 500));
  EXPECT_TRUE(writer->Flush());
  ASSERT_EQ(truncate(path_.c_str(), 0), 0);
  {
    const FullDisk disk(Line(2).size() + 3);
    Write(*writer, Line(2));
    Write(*writer, Line(3));
    EXPECT_FALSE(writer->Flush());
  }
  EXPECT_EQ(ReadFile(path_), Line(2));
  EXPECT_TRUE(writer->Flush());
  EXPECT_EQ(ReadFile(path_), Lines(2, 3));
}

// In a process of its own, which cannot take it back.
void ForbidFtruncate() {
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ftruncate, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {std::size(rules), rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    _exit(10);
}

// As where only appending is allowed (chattr +a): half a line stays until its rest can follow.
TEST_F(RecordWriterTest, HalfALineThatCannotBeTakenBackIsCompleted) {
  const pid_t child = fork();
  if (child == 0) {
    const auto writer = Open(1000);
    ForbidFtruncate();
    for (size_t n = 1; n <= 5; ++n) Write(*writer, Line(n));
    for (size_t size = 10; size <= 30; size += 7) {
      const FullDisk disk(size);
      if (writer->Flush()) _exit(1);
      if (writer->last_error() != EFBIG) _exit(2);
    }
    if (!writer->Flush() || writer->last_error() != 0) _exit(3);
    _exit(writer->lines_written() == 5 && writer->lines_lost() == 0 ? 0 : 4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ReadFile(path_), Lines(1, 5));
}

}  // namespace
}  // namespace flowmon
