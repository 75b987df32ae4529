// `flowmon doctor`: why a target reports nothing, or the wrong thing, and what to do.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "flowdb/fields.h"
#include "flowdb/str_cat.h"
#include "tools/commands.h"
#include "tools/doctor/check_database.h"
#include "tools/doctor/check_program.h"
#include "tools/doctor/check_runs.h"
#include "tools/doctor/check_surroundings.h"
#include "tools/observed_events.h"
#include "tools/text_format.h"
#include "tools/tool_config.h"

namespace flowmon {
namespace {

using doctor::Check;
using doctor::Checks;
using doctor::Level;
using doctor::SeedRun;

struct Options {
  std::string flowdb;
  std::vector<std::string> inputs;  // directories and files
  std::string afl_fuzz;
  uint32_t timeout_ms = 1000;
  uint32_t memory_mib = 0;
  size_t max_inputs = 100;
  size_t max_events = 10;
  bool json = false;
  std::vector<std::string> target;
};

const char* LevelName(Level level) {
  return level == Level::kOk ? "ok" : level == Level::kWarning ? "warning" : "problem";
}

// Files as they are, directories as their files, sorted.
absl::StatusOr<std::vector<std::string>> ListInputs(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      if (!fs::exists(path, error)) return absl::NotFoundError(StrCat("-i ", path, ": not there"));
      files.push_back(path);
      continue;
    }
    const size_t first = files.size();
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error))
      if (entry.is_regular_file(error)) files.push_back(entry.path().string());
    std::sort(files.begin() + static_cast<ptrdiff_t>(first), files.end());
  }
  if (files.empty()) return absl::NotFoundError("-i names no files");
  return files;
}

class Report {
 public:
  explicit Report(bool json) : json_(json) {}

  // Takes over the checks that are new.
  void Add(Checks checks) {
    for (Check& check : checks) {
      num_problems_ += check.level == Level::kProblem ? 1 : 0;
      if (json_)
        json_checks_.push_back({{"level", LevelName(check.level)},
                                {"name", check.name},
                                {"what", check.what},
                                {"remedy", check.remedy}});
      else
        Print(check);
    }
  }

  void AddRun(const SeedRun& run, const FlowDb& db) {
    if (json_) {
      nlohmann::ordered_json events = nlohmann::ordered_json::array();
      for (const Event& event : run.first_events)
        events.push_back(EventJson(event, run.first_events.front().timestamp, db));
      json_runs_.push_back({{"input", run.input},
                            {"end", run.end},
                            {"events", run.num_events},
                            {"intermediates", run.num_intermediates},
                            {"completed_flows", run.completed},
                            {"first_events", events}});
      return;
    }
    std::cout << absl::StreamFormat(
        "run      %s: %s, %s events, %s intermediates, %s\n", PrintableText(run.input), run.end,
        FormatCount(run.num_events), FormatCount(run.num_intermediates),
        run.completed.empty() ? "no flow complete"
                              : StrCat("complete: ", absl::StrJoin(run.completed, ", ")));
    for (const Event& event : run.first_events)
      std::cout << "           " << DescribeEvent(event, run.first_events.front().timestamp, db)
                << "\n";
  }

  int Finish() const {
    if (json_) {
      const nlohmann::ordered_json json = {
          {"problems", num_problems_}, {"checks", json_checks_}, {"runs", json_runs_}};
      std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
      std::cout << (num_problems_ == 0
                        ? "No problem found.\n"
                        : StrCat(num_problems_, num_problems_ == 1 ? " problem" : " problems",
                                 " found.\n"));
    }
    return num_problems_ == 0 ? kExitOk : kExitFindings;
  }

 private:
  static void Print(const Check& check) {
    std::cout << absl::StreamFormat("%-8s %s: %s\n", LevelName(check.level), check.name,
                                    PrintableText(check.what));
    if (!check.remedy.empty()) std::cout << "         -> " << PrintableText(check.remedy) << "\n";
  }

  const bool json_;
  size_t num_problems_ = 0;
  nlohmann::ordered_json json_checks_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json json_runs_ = nlohmann::ordered_json::array();
};

void RunTarget(const Options& options, const Config& config, const doctor::Database* database,
               const doctor::Program& program, std::vector<std::string> inputs, Report& report) {
  static const FlowDb kEmpty;
  const FlowDb& db = database ? database->file.db : kEmpty;
  // What is wrong with the configured sizes has been said.
  Config::SharedMemory memory = config.shared_memory;
  memory.map_size = 0;
  auto runner = TargetRunner::Create(
      db, memory,
      {.argv = options.target, .timeout_ms = options.timeout_ms, .memory_mib = options.memory_mib});
  Checks checks;
  if (!runner.ok()) {
    report.Add({{Level::kProblem, "shared memory", std::string(runner.status().message()),
                 "Make the directory, or room in it."}});
    return;
  }
  const bool has_seeds = !inputs.empty();
  if (!has_seeds) inputs = {"/dev/null"};
  if (inputs.size() > options.max_inputs) {
    checks.push_back(
        {Level::kWarning, "run",
         StrCat("only the first ", options.max_inputs, " of ", inputs.size(), " inputs are run"),
         "Give --max-inputs for more."});
    inputs.resize(options.max_inputs);
  }
  report.Add(std::exchange(checks, {}));
  const std::vector<SeedRun> runs = doctor::RunSeeds(
      *runner, db, inputs, options.max_events, [&](const SeedRun& run) { report.AddRun(run, db); },
      checks);
  doctor::CheckRuns(*runner, database ? database->file.content_hash : 0, runs,
                    {.is_instrumented = program.has_runtime,
                     .is_script = program.is_script,
                     .has_seeds = has_seeds},
                    checks);
  report.Add(std::move(checks));
}

int Run(const Options& options) {
  std::vector<std::string> inputs;
  if (!options.inputs.empty()) {
    absl::StatusOr<std::vector<std::string>> listed = ListInputs(options.inputs);
    if (!listed.ok()) {
      std::cerr << "flowmon: " << PrintableText(std::string(listed.status().message())) << "\n";
      return kExitUsage;
    }
    inputs = *std::move(listed);
  }
  Report report(options.json);
  Checks checks;
  Config config;
  if (absl::StatusOr<Config> loaded = LoadToolConfig("", {}); loaded.ok())
    config = *std::move(loaded);
  else
    checks.push_back({Level::kProblem, "configuration", std::string(loaded.status().message()),
                      "Correct it: the plugin refuses to start with it (doc/CONFIG.md)."});
  const std::optional<doctor::Program> program = doctor::CheckProgram(options.target, checks);
  std::optional<doctor::Database> database;
  if (program) database = doctor::CheckDatabase(options.flowdb, program->notes, config, checks);
  doctor::CheckEnvironment(database ? database->file.db.coverage_map_size() : 0, checks);
  doctor::CheckSharedMemory(config.shared_memory, checks);
  doctor::CheckPlugin(checks);
  doctor::CheckAflFuzz(options.afl_fuzz, checks);
  report.Add(std::move(checks));
  if (program)
    RunTarget(options, config, database ? &*database : nullptr, *program, std::move(inputs),
              report);
  return report.Finish();
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Find out why a target reports nothing, or the wrong thing, and what to do");
  auto options = std::make_shared<Options>();
  command->add_option("--flowdb", options->flowdb,
                      "The database, by default the one that the target was compiled with");
  command
      ->add_option("-i", options->inputs,
                   "Inputs to run the target on: a directory or a file; else an empty one")
      ->allow_extra_args(false);  // so that -- stays the end of the options
  command->add_option("--afl-fuzz", options->afl_fuzz, "The afl-fuzz to look at, else PATH's");
  command->add_option("-t", options->timeout_ms, "Milliseconds that one run may take")
      ->check(CLI::Range(1, 3'600'000))
      ->capture_default_str();
  command->add_option("-m", options->memory_mib, "MiB of memory for the target, 0 = no limit")
      ->capture_default_str();
  command->add_option("--max-inputs", options->max_inputs, "Inputs to run at most")
      ->capture_default_str();
  command->add_option("--events", options->max_events, "First events to show")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print one JSON object");
  command->add_option("TARGET", options->target, "The target and its arguments, as for afl-fuzz")
      ->required();
  command->footer("Example:\n  flowmon doctor -i seeds -- ./target @@\n\nSee doc/DOCTOR.md.");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace flowmon
