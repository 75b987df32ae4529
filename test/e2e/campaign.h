// Runs real afl-fuzz campaigns on real targets and reads what flowmon wrote.

#ifndef FLOWMON_TEST_E2E_CAMPAIGN_H_
#define FLOWMON_TEST_E2E_CAMPAIGN_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "test/support/files.h"
#include "test/support/run_program.h"

namespace flowmon::test {

// The AFL++ versions that every end-to-end test runs on: "debian12" (4.04c, no post_run), "trixie"
// (4.21c) and "sid" (5.02c).
const std::vector<std::string>& AflVersions();
// Names parameterised tests by it.
inline std::string VersionName(const testing::TestParamInfo<std::string>& parameter) {
  return parameter.param;
}
// The path of one of its programs. scripts/test puts the newer ones under build/aflpp.
std::string AflProgram(const std::string& version, const std::string& program);

// What test/e2e/CMakeLists.txt builds with afl-clang-fast, and small mutator libraries.
std::string TargetPath(const std::string& name);
std::string PluginPath();
std::string StepsFlowDb();

using Stats = std::map<std::string, std::string>;  // "key : value" files
Stats ReadStats(const std::string& path);

// By SIGKILL, with all that it has started: that would outlive it, some of it for ever.
void KillWithDescendants(RunningProgram& running);

// One afl-fuzz, prepared by setting members, then run once.
struct Campaign {
  explicit Campaign(std::string afl_version) : version(std::move(afl_version)) {}

  std::string version;
  std::vector<std::string> seeds = {"s1k"};
  std::string target = "steps_fork";
  std::vector<std::string> arguments = {"-s", "1", "-E", "1000"};
  std::string instance = "default";
  std::string mutator = PluginPath();  // value of AFL_CUSTOM_MUTATOR_LIBRARY, empty = none
  std::map<std::string, std::string> environment;
  // Another campaign whose output directory this one shares, for -M and -S.
  const Campaign* shares_output_with = nullptr;

  Program Command();
  // Runs to its end; the exit status is the caller's to check.
  Ended Run() { return RunProgram(Command()); }

  std::string InstanceDirectory() const;
  std::string OutputPath(const std::string& name) const;
  // Parsed; every line must be valid JSON.
  std::vector<nlohmann::json> Records() const;
  Stats FlowmonStats() const { return ReadStats(OutputPath("flowmon_stats")); }
  // How often the target really ran, by its own count.
  uint64_t RealRuns() const;

  TempDir directory;
  // Stands for /dev/shm, so that tests may run side by side and see what is left.
  TempDir shared_memory = TempDir::InSharedMemory();
};

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_E2E_CAMPAIGN_H_
