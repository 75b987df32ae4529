// flow-derive-N: writes the dataflows of a program as a .flowdb (doc/DERIVE.md). One for each LLVM
// version N; flow-cc runs it after linking with FLOW_DERIVE, `flowmon flowdb derive` on bitcode.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <system_error>

#include "absl/strings/str_format.h"
#include "flowdb/str_cat.h"
#include "flowdb/writer.h"
#include "llvm/Config/llvm-config.h"
#include "runtime/derive/derive.h"
#include "runtime/derive/derived_db.h"
#include "runtime/derive/program.h"

namespace flowmon {
namespace {

struct Options {
  std::vector<std::string> inputs;
  std::string output;
  std::string caller = "flow-derive";
  std::string functions;
  size_t max_flows = 1000;
  DeriveOptions derive;
};

absl::Status Run(Options& options) {
  const auto start = std::chrono::steady_clock::now();
  if (!options.functions.empty()) {
    absl::StatusOr<FunctionRules> functions = FunctionRules::Read(options.functions);
    if (!functions.ok()) return functions.status();
    options.derive.functions = *std::move(functions);
  }
  const absl::StatusOr<std::vector<BitcodeUnit>> units = ReadBitcodeUnits(options.inputs);
  if (!units.ok()) return units.status();
  llvm::LLVMContext context;
  absl::StatusOr<std::unique_ptr<llvm::Module>> program = LinkUnits(*units, context);
  if (!program.ok()) return program.status();
  const absl::StatusOr<DerivedFlows> derived = DeriveFlows(**program, options.derive);
  if (!derived.ok()) return derived.status();
  const FlowDb db = MakeDerivedDb(*derived, options.max_flows);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  for (const std::string& line : SummarizeDerived(*derived, options.max_flows)) {
    std::cerr << options.caller << ": " << line << "\n";
  }
  if (derived->flows.empty()) {
    return absl::NotFoundError(StrCat("no flow was found from ", derived->num_sources,
                                      " sources that ", derived->entry, " reaches: nothing is ",
                                      "written to ", options.output));
  }
  if (absl::Status status = WriteFlowDb(db, options.output); !status.ok()) return status;
  std::cerr << absl::StreamFormat("%s: derived in %.1f s: %s\n", options.caller, took.count(),
                                  options.output);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app(StrCat("Derives dataflows from bitcode of LLVM ", LLVM_VERSION_MAJOR, " or older"));
  app.add_option("FILE", options.inputs, "Bitcode, or programs linked by flow-cc with FLOW_DERIVE")
      ->required();
  app.add_option("-o,--output", options.output, "The .flowdb to write")->required();
  app.add_option("--entry", options.derive.entries,
                 "Entry functions (default: LLVMFuzzerTestOneInput, else main)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->envname("FLOW_DERIVE_ENTRY");
  app.add_option("--functions", options.functions, "Your own sources and sinks: doc/INSTRUMENT.md")
      ->envname(FunctionRules::kEnvironmentVariable);
  app.add_option("--max-flows", options.max_flows, "Flows written, the most certain first")
      ->envname("FLOW_DERIVE_MAX_FLOWS")
      ->capture_default_str();
  app.add_option("--max-steps", options.derive.max_path_steps, "Steps that a flow is followed")
      ->capture_default_str();
  app.add_option("--max-states", options.derive.max_states,
                 "Values and places in memory that the data of all sources is followed to")
      ->capture_default_str();
  app.add_option("--caller", options.caller, "Who messages are from")->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::Status status = Run(options);
  if (status.ok()) return 0;
  std::cerr << options.caller << ": " << status.message();
  // Who goes on with it should know.
  std::error_code ignored;
  if (std::filesystem::is_regular_file(options.output, ignored)) {
    std::cerr << "; " << options.output << " is still that of an earlier run";
  }
  std::cerr << "\n";
  return 1;
}

}  // namespace
}  // namespace flowmon

int main(int argc, char** argv) {
  try {
    return flowmon::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "flow-derive: " << error.what() << "\n";
    return 1;
  }
}
