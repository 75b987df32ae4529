#include "tools/cmd_sarif_import.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "flowdb/fields.h"
#include "flowdb/sarif/importer.h"
#include "flowdb/str_cat.h"
#include "flowdb/writer.h"
#include "tools/commands.h"
#include "tools/run_clang_analyzer.h"
#include "tools/text_format.h"

namespace flowmon {
namespace {

constexpr uint64_t kListedSkips = 20;

struct Options {
  std::vector<std::string> files;  // with --clang: its further arguments
  std::string output;
  std::string root;
  std::vector<std::string> rules, levels;
  bool skip_suppressed = false, verbose = false, json = false;
  std::vector<std::string> clang_files;
  std::string clang, sarif_dir;
};

// A log to import, under the name that the database gives it.
struct Log {
  std::string path, name;
};

using Counts = std::map<std::string, uint64_t>;

uint64_t Sum(const Counts& counts) {
  uint64_t sum = 0;
  for (const auto& [reason, count] : counts) sum += count;
  return sum;
}

void PrintCounts(std::string_view what, const Counts& counts) {
  for (const auto& [reason, count] : counts) {
    std::cout << absl::StreamFormat("%14s %s: %s\n", FormatCount(count), what,
                                    PrintableText(reason));
  }
}

void PrintNonZero(uint64_t count, std::string_view what) {
  if (count > 0) std::cout << absl::StreamFormat("%14s %s\n", FormatCount(count), what);
}

void PrintSummary(const SarifImportCounts& counts, const std::string& output) {
  const auto row = [](std::string_view name, const std::string& value) {
    std::cout << absl::StreamFormat("%-14s %s\n", name, value);
  };
  row("files, runs", StrCat(FormatCount(counts.files), ", ", FormatCount(counts.runs)));
  row("results",
      absl::StrFormat("%s: %s used, %s left out as asked, %s that cannot be used",
                      FormatCount(counts.results), FormatCount(counts.used),
                      FormatCount(Sum(counts.filtered)), FormatCount(Sum(counts.skipped))));
  PrintCounts("left out", counts.filtered);
  PrintCounts("cannot be used", counts.skipped);
  row("code flows", FormatCount(counts.code_flows));
  row("flows",
      absl::StrFormat("%s: %s in the database, %s merged into these, %s that cannot be used",
                      FormatCount(counts.flows_seen), FormatCount(counts.flows),
                      FormatCount(counts.merged), FormatCount(Sum(counts.flows_skipped))));
  PrintCounts("cannot be used", counts.flows_skipped);
  row("locations",
      absl::StrFormat("%s sources, %s sinks, %s intermediates", FormatCount(counts.sources),
                      FormatCount(counts.sinks), FormatCount(counts.intermediates)));
  PrintNonZero(counts.unimportant_steps, "steps left out: unimportant to the analyser");
  PrintNonZero(counts.placeless_steps, "steps left out: without a usable place");
  PrintNonZero(counts.columns_kept,
               "steps whose columns count characters, taken for bytes: the source is not at hand "
               "(--root)");
  PrintNonZero(counts.type_problems, "results with a value of a wrong type, which was left out");
  if (counts.flows > 0) row("written", PrintableText(output));
}

void PrintJson(const SarifImportCounts& counts, const std::string& output) {
  const nlohmann::ordered_json json = {{"flowdb", output},
                                       {"files", counts.files},
                                       {"runs", counts.runs},
                                       {"results", counts.results},
                                       {"results_used", counts.used},
                                       {"results_filtered", counts.filtered},
                                       {"results_skipped", counts.skipped},
                                       {"code_flows", counts.code_flows},
                                       {"flows_seen", counts.flows_seen},
                                       {"flows", counts.flows},
                                       {"flows_merged", counts.merged},
                                       {"flows_skipped", counts.flows_skipped},
                                       {"sources", counts.sources},
                                       {"sinks", counts.sinks},
                                       {"intermediates", counts.intermediates},
                                       {"unimportant_steps", counts.unimportant_steps},
                                       {"placeless_steps", counts.placeless_steps},
                                       {"columns_kept", counts.columns_kept},
                                       {"type_problems", counts.type_problems}};
  // File names need not be UTF-8.
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

// Imports the logs, writes the database and tells what became of them.
int Import(const std::vector<Log>& logs, const Options& options) {
  uint64_t num_skips = 0;
  SarifImporter importer({.root = options.root,
                          .rules = options.rules,
                          .levels = {options.levels.begin(), options.levels.end()},
                          .skip_suppressed = options.skip_suppressed},
                         [&](const SarifSkip& skip) {
                           if (num_skips++ >= kListedSkips && !options.verbose) return;
                           std::cerr << "flowmon: " << FormatSarifSkip(skip) << "\n";
                         });
  bool failed = false;
  for (const Log& log : logs) {
    const absl::StatusOr<SarifFileFacts> facts = importer.Add(log.path, log.name);
    if (!facts.ok()) {
      std::cerr << "flowmon: " << facts.status().message() << "\n";
      failed = true;
      continue;
    }
    for (const std::string& warning : facts->warnings) std::cerr << "flowmon: " << warning << "\n";
    if (const uint64_t hidden = facts->num_warnings - facts->warnings.size(); hidden > 0) {
      std::cerr << "flowmon: " << log.name << ": " << hidden << " further warnings are not shown\n";
    }
  }
  if (num_skips > kListedSkips && !options.verbose) {
    std::cerr << "flowmon: " << num_skips - kListedSkips
              << " more that cannot be used are counted below (--verbose names them)\n";
  }
  if (failed) {
    std::cerr << "flowmon: " << PrintableText(options.output)
              << " is not written, as not all logs could be read\n";
    return kExitUsage;
  }
  const FlowDb db = importer.Finish();
  const SarifImportCounts& counts = importer.counts();
  if (counts.flows > 0) {
    if (const absl::Status status = WriteFlowDb(db, options.output); !status.ok()) {
      std::cerr << "flowmon: " << status.message() << "\n";
      return kExitUsage;
    }
  }
  options.json ? PrintJson(counts, options.output) : PrintSummary(counts, options.output);
  if (counts.flows == 0) {
    std::cerr << "flowmon: no flow was found, " << PrintableText(options.output)
              << " is not written\n";
    return kExitFindings;
  }
  return counts.skipped.empty() && counts.flows_skipped.empty() ? kExitOk : kExitFindings;
}

// A new directory for clang's logs, or the one that was asked for. Empty with an error printed.
std::string MakeSarifDir(const std::string& wanted) {
  std::error_code error;
  if (!wanted.empty()) {
    std::filesystem::create_directories(wanted, error);
    if (!error) return wanted;
    std::cerr << "flowmon: cannot make the directory " << PrintableText(wanted) << ": "
              << error.message() << "; choose another --sarif-dir\n";
    return "";
  }
  std::string name = std::filesystem::temp_directory_path(error) / "flowmon-sarif.XXXXXX";
  if (mkdtemp(name.data()) != nullptr) return name;
  std::cerr << "flowmon: cannot make a directory in " << PrintableText(name)
            << "; set TMPDIR or --sarif-dir to a writable one\n";
  return "";
}

int AnalyzeAndImport(const Options& options) {
  const std::string clang = options.clang.empty() ? NewestClang() : options.clang;
  if (clang.empty()) {
    std::cerr << "flowmon: there is no clang in PATH: install one (apt-get install clang-19)\n";
    return kExitUsage;
  }
  const absl::StatusOr<std::vector<std::string>> analyze =
      ClangAnalyzerCommand(clang, options.files);
  if (!analyze.ok()) {
    std::cerr << "flowmon: " << analyze.status().message() << "\n";
    return kExitUsage;
  }
  const std::string dir = MakeSarifDir(options.sarif_dir);
  if (dir.empty()) return kExitUsage;
  const absl::Cleanup remove_dir = [&] {
    std::error_code error;
    if (options.sarif_dir.empty()) std::filesystem::remove_all(dir, error);
  };
  std::vector<Log> logs;
  bool failed = false;
  for (const std::string& file : options.clang_files) {
    const std::string name = std::filesystem::path(file).filename();
    const std::string log = StrCat(dir, "/", logs.size() + 1, "-", name, ".sarif");
    std::vector<std::string> command = *analyze;
    command.insert(command.end(), {file, "-o", log});
    std::cerr << "flowmon: " << absl::StrJoin(command, " ") << "\n";
    if (const int code = RunCommand(command); code != 0) {
      std::cerr << "flowmon: " << PrintableText(file) << " is left out: " << clang
                << " failed with exit code " << code
                << "; what it needs to compile the file goes behind \"--\"\n";
      failed = true;
      continue;
    }
    logs.push_back({.path = log, .name = options.sarif_dir.empty() ? file + ".sarif" : log});
  }
  if (logs.empty()) return kExitUsage;
  const int code = Import(logs, options);
  return failed && code == kExitOk ? kExitFindings : code;
}

int Run(const Options& options) {
  if (!options.clang_files.empty()) return AnalyzeAndImport(options);
  if (options.files.empty()) {
    std::cerr << "flowmon: give SARIF logs, or source files behind --clang\n";
    return kExitUsage;
  }
  std::vector<Log> logs;
  for (const std::string& file : options.files) logs.push_back({.path = file, .name = file});
  return Import(logs, options);
}

}  // namespace

void AddSarifImportCommand(CLI::App& sarif, int& exit_code) {
  CLI::App* command =
      sarif.add_subcommand("import", "Make a flow database of the code flows in SARIF logs");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->files, "SARIF 2.1.0 logs; with --clang, clang's arguments");
  command->add_option("-o,--output", options->output, "The .flowdb to write")->required();
  command->add_option("--root", options->root,
                      "Directory that relative names in the logs start at: columns are converted "
                      "with the sources there");
  command->add_option("--rule", options->rules, "Only results of rules that match this glob")
      ->allow_extra_args(false);
  command->add_option("--level", options->levels, "Only results of this level")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"error", "warning", "note", "none"}));
  command->add_flag("--skip-suppressed", options->skip_suppressed,
                    "Leave out what is suppressed in the log");
  command->add_flag("--verbose", options->verbose, "Name every result that cannot be used");
  command->add_flag("--json", options->json, "Print the summary as JSON");
  command->add_option("--clang", options->clang_files,
                      "Run clang's analyser on these C or C++ files and import what it finds");
  command->add_option("--clang-command", options->clang,
                      "The clang to run, by default the newest clang-N in PATH");
  command->add_option("--sarif-dir", options->sarif_dir, "Keep clang's logs in this directory");
  command->footer(
      "Examples:\n  flowmon sarif import codeql.sarif semgrep.sarif -o x.flowdb --root src\n"
      "  flowmon sarif import --clang a.c b.c -o x.flowdb -- -Iinclude\n"
      "Exit codes: 0 all results were used, 1 some could not be, 2 wrong usage or unreadable "
      "input.");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace flowmon
