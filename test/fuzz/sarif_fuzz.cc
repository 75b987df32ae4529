// Whatever a SARIF log holds: importing makes a database that reads without warnings, and
// annotating twice is annotating once.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "flowdb/reader.h"
#include "flowdb/sarif/annotate.h"
#include "flowdb/sarif/importer.h"
#include "flowdb/writer.h"

namespace flowmon {
namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "sarif_fuzz: %s\n", what);
  std::abort();
}

void Import(std::string_view text) {
  SarifImporter importer({}, [](const SarifSkip& skip) { FormatSarifSkip(skip); });
  if (!importer.AddText(text, "fuzz.sarif").ok()) return;
  const FlowDb db = importer.Finish();
  if (db.num_flows() == 0) return;
  const absl::StatusOr<FlowDbFile> again = ParseFlowDb(FormatFlowDb(db), "fuzz.flowdb");
  Require(again.ok(), "the database cannot be read");
  Require(again->num_warnings == 0, "the database reads with warnings");
  Require(again->db.num_flows() == db.num_flows(), "the database has lost flows");
}

void Annotate(std::string_view text) {
  constexpr std::string_view kExtension = R"({"name":"flowmon"})";
  const auto with = [](uint32_t, uint32_t) { return std::optional<std::string>("{\"n\":1}"); };
  const auto without = [](uint32_t, uint32_t) { return std::optional<std::string>(); };
  const auto once = AnnotateSarifText(text, "fuzz.sarif", kExtension, with);
  if (!once.ok()) return;
  const auto twice = AnnotateSarifText(*once, "fuzz.sarif", kExtension, with);
  Require(twice.ok() && *twice == *once, "annotating twice is not annotating once");
  const auto removed = AnnotateSarifText(*once, "fuzz.sarif", "", without);
  Require(removed.ok(), "what was removed leaves no JSON");
}

}  // namespace
}  // namespace flowmon

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  flowmon::Import(text);
  flowmon::Annotate(text);
  return 0;
}
