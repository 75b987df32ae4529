// The fixture of the process reader's tests: one directory, and a reader that keeps count.

#ifndef FLOWMON_TEST_PLUGIN_PROCESS_READER_FIXTURE_H_
#define FLOWMON_TEST_PLUGIN_PROCESS_READER_FIXTURE_H_

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugin/process_reader.h"
#include "plugin/unique_fd.h"
#include "test/plugin/process_files.h"
#include "test/support/files.h"

namespace flowmon {

inline constexpr uint32_t kRunStart = 1'000'000;
inline constexpr uint32_t kKnown = FLOW_EVENTS_BIRTH_KNOWN, kRoot = FLOW_EVENTS_RUN_ROOT;

inline uint64_t Accounted(const Execution& e) {
  return e.events.size() + e.events_capped() + e.events_overflowed + e.events_torn + e.events_late;
}

class ProcessReaderTest : public testing::Test {
 protected:
  ProcessReaderTest()
      : dir_(test::TempDir::InSharedMemory()),
        dir_fd_(open(dir_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  const Execution& Take(pid_t pid, uint32_t run_start = kRunStart) {
    execution_.Clear();
    reader_.Take(dir_fd_.get(), pid, run_start, execution_);
    EXPECT_EQ(execution_.events_produced, Accounted(execution_));
    return execution_;
  }
  void WriteEvents(const std::string& bytes) {
    test::WriteFile(test::EventsPath(dir_.path(), dead_), bytes);
  }
  void WriteCoverage(const std::string& bytes) {
    test::WriteFile(test::CoveragePath(dir_.path(), dead_), bytes);
  }
  std::vector<std::string> Names() const { return test::ListNames(dir_.path()); }

  const test::TempDir dir_ = test::TempDir::InSharedMemory();
  const UniqueFd dir_fd_;
  const pid_t dead_ = test::DeadPid();
  ProcessReader reader_;
  Execution execution_;
};

}  // namespace flowmon

#endif  // FLOWMON_TEST_PLUGIN_PROCESS_READER_FIXTURE_H_
