#include "test/e2e/campaign.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "plugin/record_reader.h"

namespace flowmon::test {
namespace {

void AddDescendants(pid_t pid, std::vector<pid_t>& found) {
  const std::string task = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid);
  std::ifstream children(task + "/children");
  for (pid_t child; children >> child;) {
    found.push_back(child);
    AddDescendants(child, found);
  }
}

}  // namespace

const std::vector<std::string>& AflVersions() {
  static const std::vector<std::string> versions = {"debian12", "trixie", "sid"};
  return versions;
}

std::string AflProgram(const std::string& version, const std::string& program) {
  if (version == "debian12") return "/usr/bin/" + program;
  return std::string(FLOWMON_SOURCE_DIR) + "/build/aflpp/" + version + "/bin/" + program;
}

std::string TargetPath(const std::string& name) {
  return std::string(FLOWMON_BINARY_DIR) + "/targets/" + name;
}

std::string PluginPath() { return std::string(FLOWMON_BINARY_DIR) + "/lib/libflowmon.so"; }

std::string StepsFlowDb() { return std::string(FLOWMON_SOURCE_DIR) + "/test/targets/steps.flowdb"; }

void KillWithDescendants(RunningProgram& running) {
  std::vector<pid_t> orphans;
  AddDescendants(running.pid(), orphans);
  EXPECT_FALSE(orphans.empty());
  kill(running.pid(), SIGKILL);
  EXPECT_EQ(running.Wait().signal, SIGKILL);
  for (const pid_t orphan : orphans) kill(orphan, SIGKILL);
}

Stats ReadStats(const std::string& path) {
  Stats stats;
  for (const std::string& line : ReadLines(path)) {
    const size_t colon = line.find(" : ");
    if (colon == std::string::npos) continue;
    std::string key = line.substr(0, colon);
    key.erase(key.find_last_not_of(' ') + 1);
    stats[key] = line.substr(colon + 3);
  }
  return stats;
}

Program Campaign::Command() {
  const std::string input = directory / "in";
  std::filesystem::create_directories(input);
  for (size_t i = 0; i < seeds.size(); ++i) WriteFile(input + "/" + std::to_string(i), seeds[i]);
  const Campaign& owner = shares_output_with ? *shares_output_with : *this;

  Program program;
  program.argv = {AflProgram(version, "afl-fuzz"), "-i", input, "-o", owner.directory / "out"};
  // Generous: on a busy machine AFL++'s own choice would kill runs that have not begun to count.
  if (std::find(arguments.begin(), arguments.end(), "-t") == arguments.end())
    program.argv.insert(program.argv.end(), {"-t", "2000"});
  program.argv.insert(program.argv.end(), arguments.begin(), arguments.end());
  program.argv.insert(program.argv.end(), {"--", TargetPath(target)});
  program.environment = {{"AFL_SKIP_CPUFREQ", "1"},
                         {"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1"},
                         {"AFL_NO_AFFINITY", "1"},
                         {"AFL_NO_UI", "1"},
                         {"AFL_CUSTOM_MUTATOR_LIBRARY", mutator},
                         {"FLOW_MONITOR_FLOWDB", StepsFlowDb()},
                         {"FLOW_SHM_DIR", shared_memory.path()},
                         {"STEPS_RUNS", directory / "runs"}};
  for (const auto& [name, value] : environment) program.environment[name] = value;
  program.timeout_seconds = 120;
  return program;
}

std::string Campaign::InstanceDirectory() const {
  return ((shares_output_with ? shares_output_with : this)->directory / "out") + "/" + instance;
}

std::string Campaign::OutputPath(const std::string& name) const {
  return InstanceDirectory() + "/flowmon/" + name;
}

std::vector<nlohmann::json> Campaign::Records() const {
  std::vector<nlohmann::json> records;
  const auto reader = RecordReader::Open(InstanceDirectory() + "/flowmon");
  EXPECT_TRUE(reader.ok()) << reader.status();
  while (const auto line = (*reader)->Next())
    records.push_back(nlohmann::json::parse(*line));  // an exception fails the test
  EXPECT_THAT((*reader)->problems(), testing::IsEmpty());
  EXPECT_EQ((*reader)->torn_lines(), 0u);
  return records;
}

uint64_t Campaign::RealRuns() const {
  struct stat info = {};
  stat((directory / "runs").c_str(), &info);
  return static_cast<uint64_t>(info.st_size);
}

}  // namespace flowmon::test
