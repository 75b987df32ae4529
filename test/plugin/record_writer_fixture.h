// What the tests of RecordWriter share.

#ifndef FLOWMON_TEST_PLUGIN_RECORD_WRITER_FIXTURE_H_
#define FLOWMON_TEST_PLUGIN_RECORD_WRITER_FIXTURE_H_

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "plugin/record_writer.h"
#include "test/support/files.h"

namespace flowmon {

inline constexpr uint64_t kSecond = 1'000'000'000;
inline constexpr uint64_t kNever = UINT64_MAX;

// A disk that takes no file of more than so many bytes, while it lives.
class FullDisk {
 public:
  explicit FullDisk(size_t max_bytes) : old_handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_limit_);
    const struct rlimit limit = {max_bytes, old_limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    signal(SIGXFSZ, old_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  struct rlimit old_limit_;
  sighandler_t old_handler_;
};

inline std::string Line(size_t n, size_t size = 0) {
  std::string line = "line " + std::to_string(n) + " ";
  line.resize(std::max(size, line.size() + 1), 'x');
  line.back() = '\n';
  return line;
}

inline std::string Lines(size_t first, size_t last) {
  std::string lines;
  for (size_t n = first; n <= last; ++n) lines += Line(n);
  return lines;
}

class RecordWriterTest : public testing::Test {
 protected:
  std::unique_ptr<RecordWriter> Open(const RecordWriter::Options& options) {
    auto writer = RecordWriter::Open(dir_.path(), options);
    EXPECT_TRUE(writer.ok()) << writer.status();
    return writer.ok() ? *std::move(writer) : nullptr;
  }
  std::unique_ptr<RecordWriter> Open(size_t buffer_bytes, uint64_t interval_ns = kNever) {
    return Open({.buffer_bytes = buffer_bytes, .flush_interval_ns = interval_ns});
  }
  std::string ExpectRefused() {
    const auto writer = RecordWriter::Open(dir_.path(), {});
    EXPECT_FALSE(writer.ok());
    return std::string(writer.status().message());
  }
  static void Write(RecordWriter& writer, const std::string& line, uint64_t now_ns = 1) {
    writer.buffer() += line;
    writer.CommitLine(now_ns);
  }

  const test::TempDir dir_;
  const std::string path_ = dir_ / "executions.jsonl";
};

}  // namespace flowmon

#endif  // FLOWMON_TEST_PLUGIN_RECORD_WRITER_FIXTURE_H_
