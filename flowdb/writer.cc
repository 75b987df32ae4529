#include "flowdb/writer.h"

#include <string_view>

#include "absl/strings/str_join.h"
#include "flowdb/atomic_file.h"
#include "flowdb/fields.h"
#include "flowdb/reader.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

absl::Status CheckLineLengths(std::string_view text, std::string_view path) {
  for (; !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.size() <= kMaxFlowDbLineBytes) continue;
    return absl::InvalidArgumentError(
        StrCat("cannot write flow database ", path, ": a line would have ", line.size(),
               " bytes, the limit is ", kMaxFlowDbLineBytes, "; shorten what starts with ",
               PrintableText(line, 40)));
  }
  return absl::OkStatus();
}

}  // namespace

std::string FormatFlowDb(const FlowDb& db) {
  std::string text;
  for (const auto& [key, value] : db.metadata()) {
    StrAppend(&text, "METADATA,", QuoteField(key), ",", QuoteRestOfLine(value), "\n");
  }
  for (LocationKind kind : kLocationKinds) {
    for (const Location& location : db.locations(kind)) {
      StrAppend(&text, LocationKindName(kind), ",", location.id, ",");
      StrAppend(&text, QuoteField(db.file_name(location.file)), ",", location.line, ",",
                location.col_start, ",", location.col_end, "\n");
    }
  }
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    StrAppend(&text, "FLOW,", flow.id, ",", flow.source_id, ",");
    StrAppend(&text, flow.sink_id, ",[", absl::StrJoin(flow.intermediates, ","), "],",
              QuoteRestOfLine(flow.description), "\n");
  }
  for (const Label& label : db.labels()) {
    StrAppend(&text, "LABEL,", RecordKindName(label.kind), ",", label.id, ",");
    StrAppend(&text, QuoteField(label.key), ",", QuoteRestOfLine(label.value), "\n");
  }
  return text;
}

absl::Status WriteFlowDb(const FlowDb& db, const std::string& path) {
  const std::string text = FormatFlowDb(db);
  if (absl::Status status = CheckLineLengths(text, path); !status.ok()) return status;
  return ReplaceFile(path, "flow database", text);
}

}  // namespace flowmon
