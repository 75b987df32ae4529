// `flowmon verdict`: what campaigns have shown of each flow, with evidence and inputs.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "flowdb/atomic_file.h"
#include "flowdb/fields.h"
#include "flowdb/str_cat.h"
#include "tools/campaign_verdicts.h"
#include "tools/commands.h"
#include "tools/replay_inputs.h"
#include "tools/text_format.h"
#include "tools/verdict_formats.h"
#include "tools/verdict_sarif.h"

namespace flowmon {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string flowdb;
  std::vector<std::string> programs;
  bool json = false, csv = false;
  std::string junit;
  std::string sarif, out;
  std::vector<std::string> fail_on;
  uint32_t replay = 0;
};

// What comes from files and directories may be anything.
void Say(const std::string& sentence) {
  std::cerr << "flowmon: " << PrintableText(sentence) << "\n";
}

int Fail(const absl::Status& status) {
  Say(std::string(status.message()));
  return kExitUsage;
}

absl::Status Replay(uint32_t times, CampaignVerdicts& verdicts) {
  if (verdicts.target.empty())
    return absl::FailedPreconditionError(
        "--replay needs the fuzzer_stats of afl-fuzz beside the records: they say how the target "
        "is "
        "started");
  TargetCommand command;
  command.argv = verdicts.target;
  command.timeout_ms = std::max(kMinReplayTimeoutMs, verdicts.timeout_ms);
  Say(StrCat("each kept input is run with: ", absl::StrJoin(command.argv, " ")));
  return ReplayInputs(command, times, verdicts);
}

void PrintReplays(const CampaignVerdicts& verdicts) {
  uint64_t num_inputs = 0, num_flaky = 0;
  for (const FlowVerdict& flow : verdicts.flows)
    for (const FlowInput& input : flow.inputs) {
      num_inputs += input.num_replays > 0 ? 1 : 0;
      num_flaky += input.is_flaky() ? 1 : 0;
    }
  std::cout << "\nreplayed " << FormatCount(num_inputs)
            << " inputs: " << FormatCount(num_inputs - num_flaky)
            << " completed their flow each time, " << FormatCount(num_flaky) << " are flaky\n";
}

int Run(const Options& options) {
  std::set<Verdict> fail_on;
  for (const std::string& name : options.fail_on) fail_on.insert(*VerdictOfName(name));
  auto verdicts = JudgeCampaigns(options.paths, options.flowdb, options.programs);
  if (!verdicts.ok()) return Fail(verdicts.status());
  if (options.replay > 0)
    if (const absl::Status status = Replay(options.replay, *verdicts); !status.ok())
      return Fail(status);
  for (const std::string& warning : verdicts->warnings) Say(warning);

  if (options.json) {
    std::cout << FormatVerdictJson(*verdicts);
  } else if (options.csv) {
    std::cout << FormatVerdictCsv(*verdicts);
  } else {
    std::cout << FormatVerdictTable(*verdicts, TerminalWidth());
    if (options.replay > 0) PrintReplays(*verdicts);
  }
  if (!options.junit.empty())
    if (const absl::Status status =
            ReplaceFile(options.junit, "JUnit report", FormatVerdictJunit(*verdicts, fail_on));
        !status.ok())
      return Fail(status);
  if (options.sarif.empty() && !options.out.empty())
    if (const absl::Status status = WriteNewSarif(*verdicts, options.out); !status.ok())
      return Fail(status);
  if (!options.sarif.empty()) {
    const auto counts = WriteVerdictSarif(*verdicts, options.sarif, options.out);
    if (!counts.ok()) return Fail(counts.status());
    if (!counts->warning.empty()) Say(counts->warning);
    std::cerr << PrintableText(options.out) << ": " << FormatCount(counts->with_verdict) << " of "
              << FormatCount(counts->results) << " results have a verdict"
              << (counts->with_verdict < counts->results
                      ? "; the others have no flow in the database\n"
                      : "\n");
  }
  const bool fails = std::ranges::any_of(
      verdicts->flows, [&](const FlowVerdict& flow) { return fail_on.contains(flow.verdict); });
  return fails ? kExitFindings : kExitOk;
}

}  // namespace

void AddVerdictCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "verdict", "Judge each dataflow by what campaigns have seen of it: evidence and inputs");
  auto options = std::make_shared<Options>();
  command
      ->add_option("DIR", options->paths,
                   "Output directories of afl-fuzz, of instances, or of flowmon itself")
      ->required();
  command->add_option("--flowdb", options->flowdb,
                      "Flow database, if it is not where the campaign had it");
  command->add_option(
      "--program", options->programs,
      "Programs and libraries that flow-cc built, by default the campaign's target");
  CLI::Option* json = command->add_flag("--json", options->json, "Print JSON");
  command->add_flag("--csv", options->csv, "Print CSV")->excludes(json);
  command->add_option("--junit", options->junit, "Write a JUnit report to this file");
  std::vector<std::string> names;
  for (const Verdict verdict : kVerdicts) names.emplace_back(VerdictName(verdict));
  command
      ->add_option("--fail-on", options->fail_on,
                   "Exit with 1 if a flow has this verdict; may be given several times")
      ->check(CLI::IsMember(names));
  CLI::Option* out = command->add_option(
      "-o", options->out, "Write the verdicts as SARIF: --sarif with them, or a log of their own");
  command->add_option("--sarif", options->sarif, "SARIF log that the database was imported from")
      ->needs(out);
  command
      ->add_option("--replay", options->replay,
                   "Run each kept input so many times, and tell those that do not complete their "
                   "flow each time")
      ->check(CLI::Range(1, 1000));
  command->footer(
      "Examples:\n"
      "  flowmon verdict out\n"
      "  flowmon verdict out --sarif findings.sarif -o verdicts.sarif\n"
      "  flowmon verdict out --fail-on confirmed --junit report.xml --replay 3\n\n"
      "Exit codes: 0 fine, 1 a flow has a verdict of --fail-on, 2 wrong usage or unreadable "
      "input. See doc/VERDICTS.md.");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace flowmon
