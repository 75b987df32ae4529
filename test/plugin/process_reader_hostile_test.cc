// What the process reader does with files that are not what their names say, that change while they
// are read, and with systems that are short of everything.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "test/plugin/process_files.h"
#include "test/plugin/process_reader_fixture.h"
#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon {
namespace {

using test::CoverageBytes;
using test::CoveragePath;
using test::EventsBytes;
using test::EventsPath;
using test::IdleProcess;
using test::SinkAt;
using test::SourceAt;
using test::TempDir;
using test::WriteFile;
using testing::IsEmpty;
using testing::SizeIs;

// Things under a name of ours that a reader could fall for, of dead and of live processes.
class RefusedFileTest : public ProcessReaderTest, public testing::WithParamInterface<bool> {
 protected:
  // Plants something as both files of a process; the reader must take nothing from it, remove it,
  // and must neither wait nor touch what it leads to.
  void ExpectRefused(const std::function<void(const std::string&)>& plant) {
    std::unique_ptr<IdleProcess> live;
    if (GetParam()) live = std::make_unique<IdleProcess>();
    const pid_t pid = live ? live->pid() : dead_;
    plant(EventsPath(dir_.path(), pid));
    plant(CoveragePath(dir_.path(), pid));
    Take(pid);
    EXPECT_EQ(execution_.events_produced, 0u);
    EXPECT_THAT(execution_.hits, IsEmpty());
    EXPECT_THAT(execution_.pids, IsEmpty());
    EXPECT_EQ(reader_.num_refused(), 2u);
    EXPECT_THAT(Names(), IsEmpty());
    Take(pid);
    EXPECT_EQ(reader_.num_refused(), 2u) << "counted once";
  }
  // Outside of the directory, and good for both readers.
  std::string WriteVictim() {
    std::string content = EventsBytes({SourceAt(1, 1), SinkAt(2, 1)});
    WriteFile(victim_, content);
    return content;
  }

  const TempDir elsewhere_ = TempDir::InSharedMemory();
  const std::string victim_ = elsewhere_ / "victim";
};

TEST_P(RefusedFileTest, SymbolicLink) {
  const std::string content = WriteVictim();
  ExpectRefused(
      [&](const std::string& path) { ASSERT_EQ(symlink(victim_.c_str(), path.c_str()), 0); });
  EXPECT_EQ(test::ReadFile(victim_), content);
}

TEST_P(RefusedFileTest, DanglingLink) {
  ExpectRefused([](const std::string& path) { ASSERT_EQ(symlink("/nowhere", path.c_str()), 0); });
}

TEST_P(RefusedFileTest, HardLink) {
  const std::string content = WriteVictim();
  ExpectRefused(
      [&](const std::string& path) { ASSERT_EQ(link(victim_.c_str(), path.c_str()), 0); });
  EXPECT_EQ(test::ReadFile(victim_), content);
}

TEST_P(RefusedFileTest, Pipe) {
  ExpectRefused([](const std::string& path) { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); });
}

TEST_P(RefusedFileTest, Directory) {
  ExpectRefused([](const std::string& path) { ASSERT_EQ(mkdir(path.c_str(), 0700), 0); });
}

TEST_P(RefusedFileTest, Socket) {
  ExpectRefused([](const std::string& path) {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    struct sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path.size(), sizeof(address.sun_path));
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  });
}

INSTANTIATE_TEST_SUITE_P(, RefusedFileTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Live" : "Dead"; });

TEST_F(ProcessReaderTest, ADirectoryThatCannotBeRemovedHarmsNothing) {
  const std::string path = EventsPath(dir_.path(), dead_);
  std::filesystem::create_directories(path + "/full");
  WriteCoverage(CoverageBytes("\1"));
  EXPECT_THAT(Take(dead_).hits, SizeIs(1));
  EXPECT_TRUE(std::filesystem::exists(path + "/full"));
}

TEST_F(ProcessReaderTest, DescriptorsAreClosed) {
  const auto count = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  const auto before = count();
  const IdleProcess live;
  for (int i = 0; i < 20; ++i) {
    WriteEvents(EventsBytes({SourceAt(1, 1)}));
    WriteFile(CoveragePath(dir_.path(), live.pid()), CoverageBytes("\1"));
    ASSERT_EQ(mkfifo(CoveragePath(dir_.path(), dead_).c_str(), 0600), 0);
    Take(dead_);
    Take(live.pid());
  }
  EXPECT_EQ(count(), before);
}

// No descriptor to be had is no reason to destroy what a live process maps.
TEST_F(ProcessReaderTest, WithoutDescriptorsTheFilesOfALiveProcessStay) {
  const IdleProcess live;
  WriteFile(EventsPath(dir_.path(), live.pid()), EventsBytes({SourceAt(1, 1)}));
  WriteFile(CoveragePath(dir_.path(), live.pid()), CoverageBytes("\1"));
  ProcessReader reader;
  Execution execution;
  const int dir_fd = dir_fd_.get();
  struct rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const struct rlimit none = {0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  reader.Take(dir_fd, live.pid(), kRunStart, execution);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_THAT(execution.pids, IsEmpty());
  EXPECT_EQ(reader.num_refused(), 2u);
  EXPECT_THAT(Take(live.pid()).events, SizeIs(1));
  EXPECT_THAT(execution_.hits, SizeIs(1));
}

// The peak, in KiB, of this process's memory since the last call.
uint64_t TakePeakMemory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  uint64_t peak = 0;
  while (status >> word && word != "VmHWM:") {
  }
  status >> peak;
  std::ofstream("/proc/self/clear_refs") << "5";
  return peak;
}

TEST_F(ProcessReaderTest, AHugeSparseFileCostsNoMemory) {
  constexpr uint32_t kSlots = FLOW_LIMIT_MAX_EVENTS;
  constexpr off_t kBeyond = sizeof(flow_events_header) + off_t{kSlots} * sizeof(flow_event);
  WriteEvents(EventsBytes({0xffffffff, 0xffffffff, 0, 0}, {SourceAt(1, 1)}));
  const UniqueFd fd(open(EventsPath(dir_.path(), dead_).c_str(), O_WRONLY | O_CLOEXEC));
  const flow_event beyond = SourceAt(2, 2);
  ASSERT_EQ(pwrite(fd.get(), &beyond, sizeof(beyond), kBeyond), ssize_t{sizeof(beyond)});
  TakePeakMemory();
  const uint64_t before = TakePeakMemory();
  EXPECT_THAT(Take(dead_).events, SizeIs(1));
  EXPECT_LT(TakePeakMemory(), before + (64 << 10));
  EXPECT_EQ(execution_.events_torn, 0xfffffffeu);
}

TEST_F(ProcessReaderTest, AFileThatIsCutWhileItIsReadIsTornFromThere) {
  constexpr uint32_t kSlots = 1 << 18;
  const std::string whole = EventsBytes(std::vector<flow_event>(kSlots, SourceAt(1, 1)));
  const std::string path = EventsPath(dir_.path(), dead_);
  std::mt19937 random(7);
  for (int num_seen = 0; num_seen < 3;) {
    WriteEvents(whole);
    std::atomic<bool> go = false;
    std::thread cutter([&, delay = random() % 2000] {
      while (!go) {
      }
      usleep(delay);
      truncate(path.c_str(), sizeof(flow_events_header) + 5000 * sizeof(flow_event));
    });
    go = true;
    Take(dead_);  // checks the identity
    cutter.join();
    EXPECT_EQ(execution_.events_produced, kSlots);
    if (execution_.events_torn > 0 && !execution_.events.empty()) ++num_seen;
  }
}

// Whatever is in the files: produced = recorded + overflowed + torn + late.
TEST_F(ProcessReaderTest, NoEventIsLostInSilence) {
  std::mt19937 random(4);
  const IdleProcess live;
  const std::array<pid_t, 3> pids = {dead_, test::DeadPid(), live.pid()};
  const auto number = [&]() -> uint32_t {
    switch (random() % 5) {
      case 0:
        return random();
      case 1:
        return 0xffffffff - random() % 3;
      default:
        return random() % 12;
    }
  };
  for (int round = 0; round < 3000; ++round) {
    execution_.Clear();
    uint64_t produced = 0;
    for (const pid_t pid : pids) {
      const uint32_t birth = kRunStart - 2 + random() % 4;
      const flow_events_header header = {number(), number(), birth, uint32_t(random() % 4)};
      std::vector<flow_event> slots(random() % 10);
      for (flow_event& slot : slots) {
        slot = SourceAt(random(), number());
        slot.type = random() % 4;
      }
      std::string events = EventsBytes(header, slots);
      events.resize(events.size() - random() % std::min<size_t>(events.size(), 40));
      if (events.size() >= sizeof(header)) produced += header.num_events;
      WriteFile(EventsPath(dir_.path(), pid), events);
      std::string map(random() % 100, '\0');
      for (char& hits : map) hits = static_cast<char>(random() % 3);
      std::string coverage = test::BytesOf(flow_coverage_header{number(), number()}) + map;
      coverage.resize(random() % (coverage.size() + 1));
      WriteFile(CoveragePath(dir_.path(), pid), coverage);
      reader_.Take(dir_fd_.get(), pid, kRunStart, execution_);
    }
    execution_.MergeHits();
    execution_.Normalize();
    ASSERT_EQ(execution_.events_produced, produced) << round;
    ASSERT_EQ(execution_.events_produced, Accounted(execution_)) << round;
    ASSERT_EQ(execution_.events.size(), execution_.num_sources + execution_.num_sinks) << round;
    for (size_t i = 1; i < execution_.hits.size(); ++i)
      ASSERT_LT(execution_.hits[i - 1].id, execution_.hits[i].id) << round;
  }
}

// The target is being fuzzed: it may write and truncate while we read.
TEST_F(ProcessReaderTest, FilesThatChangeWhileTheyAreReadBreakNothing) {
  const IdleProcess live;
  const std::string paths[] = {EventsPath(dir_.path(), live.pid()),
                               CoveragePath(dir_.path(), live.pid())};
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    std::mt19937 random(5);
    std::vector<uint32_t> noise(4096);
    while (!stop) {
      const UniqueFd fd(open(paths[random() % 2].c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
      for (uint32_t& word : noise) word = random() % 3 ? random() % 4 : random();
      const auto offset = static_cast<off_t>(random() % 3 ? 0 : random() % 20000);
      if (random() % 2)
        (void)!pwrite(fd.get(), noise.data(), random() % (noise.size() * 4), offset);
      else
        (void)!ftruncate(fd.get(), static_cast<off_t>(random() % 40000));
    }
  });
  uint64_t seen = 0;
  for (int i = 0; i < 5000 || seen == 0; ++i) {
    seen += Take(live.pid()).events.size();  // checks the identity
    execution_.MergeHits();
    for (const Event& event : execution_.events)
      ASSERT_EQ(event.pid, static_cast<uint32_t>(live.pid()));
    for (size_t k = 1; k < execution_.hits.size(); ++k)
      ASSERT_LT(execution_.hits[k - 1].id, execution_.hits[k].id);
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace flowmon
