// In the steady state an execution costs no memory: what malloc() is asked for between the hooks of
// a Monitor is counted, while a real program reports by either lane.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "plugin/monitor.h"
#include "plugin/record_reader.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace {

// Of the thread that is being counted; the compressor's may allocate.
thread_local bool counting = false;
std::atomic<uint64_t> num_allocations = 0;

void Count() {
  if (counting) ++num_allocations;
}

}  // namespace

// What operator new, absl and the C library itself call; the real ones of glibc.
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

__attribute__((visibility("default"))) void* malloc(size_t size) {
  Count();
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(size_t count, size_t size) {
  Count();
  return __libc_calloc(count, size);
}
__attribute__((visibility("default"))) void* realloc(void* memory, size_t size) {
  Count();
  return __libc_realloc(memory, size);
}
__attribute__((visibility("default"))) void* aligned_alloc(size_t alignment, size_t size) {
  Count();
  return __libc_memalign(alignment, size);
}
}

namespace flowmon {
namespace {

class MonitorAllocationTest : public testing::TestWithParam<LaneMode> {
 protected:
  MonitorAllocationTest() {
    config_.shared_memory.mode = GetParam();
    config_.shared_memory.directory = shared_memory_.path();
    config_.flow_database.path = FLOWMON_SOURCE_DIR "/test/targets/steps.flowdb";
    config_.output.directory = output_.path();
    config_.output.buffer_kib = 1;
    config_.inputs.max_input_kib = 1;
    // What happens once in so many seconds, and not per execution.
    config_.statistics = {86400, 86400};
    auto monitor = Monitor::Create(config_, {}, "");
    EXPECT_TRUE(monitor.ok()) << monitor.status();
    monitor_ = *std::move(monitor);
  }

  uint64_t AllocationsOfOneExecution(const std::string& input) {
    const uint64_t before = num_allocations;
    counting = true;
    monitor_->BeforeExecution(large_input_);
    counting = false;
    EXPECT_EQ(
        test::RunProgram({.argv = {FLOWMON_BINARY_DIR "/bin/steps"}, .input = input}).exit_code, 0);
    counting = true;
    monitor_->AfterExecution();
    counting = false;
    return num_allocations - before;
  }

  const test::TempDir shared_memory_ = test::TempDir::InSharedMemory();
  const test::TempDir output_;
  Config config_;
  // Too large to be kept: a copy is made for each improvement, not for each execution.
  const std::vector<uint8_t> large_input_ = std::vector<uint8_t>(2048);
  std::unique_ptr<Monitor> monitor_;
};

TEST_P(MonitorAllocationTest, AnExecutionOfTheSteadyStateAllocatesNothing) {
  const std::string inputs[] = {"s1k", "x", "s123k", "", "sss1k", "us", "s1fAB", "s123kkkk"};
  uint64_t warm_up = 0;
  for (int round = 0; round < 10; ++round)
    for (const std::string& input : inputs) warm_up += AllocationsOfOneExecution(input);
  EXPECT_GT(warm_up, 0u) << "nothing is counted";
  for (int round = 0; round < 20; ++round)
    for (const std::string& input : inputs)
      EXPECT_EQ(AllocationsOfOneExecution(input), 0u) << "'" << input << "', round " << round;
  monitor_.reset();
  const auto reader = RecordReader::Open(output_.path());
  uint64_t num_records = 0;
  while ((*reader)->Next()) ++num_records;
  EXPECT_EQ(num_records, 30 * std::size(inputs));
}

INSTANTIATE_TEST_SUITE_P(Lane, MonitorAllocationTest,
                         testing::Values(LaneMode::kSession, LaneMode::kFiles),
                         [](const auto& parameter) {
                           return parameter.param == LaneMode::kSession ? "session" : "files";
                         });

}  // namespace
}  // namespace flowmon
