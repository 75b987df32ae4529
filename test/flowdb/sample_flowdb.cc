#include "test/flowdb/sample_flowdb.h"

#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

uint32_t UpTo(std::mt19937& random, uint32_t max) {
  return std::uniform_int_distribution<uint32_t>(0, max)(random);
}

std::string AwkwardText(std::mt19937& random) {
  static const std::vector<std::string> kParts = {
      "a",           "src/x.c", " ",    "\t",          ",",
      "\"",          "\"\"",    "\n",   "\r",          "\r\n",
      "\\",          "\\n",     "$\"",  "#",           "[1,2]",
      "]",           "",        "FLOW", "$",           "\xC3\xA4",
      "/",           "\xFF",    "\x1B", "C:\\new dir", std::string(1, '\0'),
      "\xEF\xBB\xBF"};
  std::string text;
  for (uint32_t parts = UpTo(random, 5); parts > 0; --parts) {
    text += kParts[UpTo(random, static_cast<uint32_t>(kParts.size()) - 1)];
  }
  return text;
}

// Ids on both ends of the range, and close together in between.
uint32_t AwkwardId(std::mt19937& random) {
  const uint32_t id = UpTo(random, 40);
  return UpTo(random, 9) == 0 ? ~id : id;
}

std::vector<uint32_t> AddLocations(std::mt19937& random, LocationKind kind, FlowDb& db) {
  std::vector<uint32_t> ids;
  for (uint32_t i = 0; i < 8; ++i) {
    Location location = {.id = AwkwardId(random),
                         .file = db.AddFile(AwkwardText(random)),
                         .line = 1 + UpTo(random, 99),
                         .col_start = UpTo(random, 3),
                         .col_end = 0};
    if (location.col_start != 0) location.col_end = location.col_start + UpTo(random, 30);
    if (db.AddLocation(kind, location)) ids.push_back(location.id);
  }
  return ids;
}

void AddBigLocations(LocationKind kind, uint32_t count, std::string& text) {
  for (uint32_t id = 1; id <= count; ++id) {
    StrAppend(&text, LocationKindName(kind), ",", id, ",src/module_", id % 97, "/part_");
    StrAppend(&text, id % 11, ".c,", 1 + id % 5000, ",", 1 + id % 40, ",", 9 + id % 40, "\n");
  }
}

}  // namespace

std::string BigFlowDbText(const BigFlowDbShape& shape) {
  std::string text = "METADATA,version,1.1\n";
  StrAppend(&text, "METADATA,flows,", shape.num_flows, "\n");
  std::mt19937 random(1);
  for (uint32_t id = 1; id <= shape.num_flows; ++id) {
    StrAppend(&text, "FLOW,", id, ",", 1 + random() % shape.num_sources, ",");
    StrAppend(&text, 1 + random() % shape.num_sinks, ",[");
    for (uint32_t i = 0; i < shape.intermediates_per_flow; ++i) {
      StrAppend(&text, i > 0 ? "," : "", 1 + random() % shape.num_intermediates);
    }
    StrAppend(&text, "],untrusted length reaches memcpy, case ", id, "\n");
  }
  AddBigLocations(LocationKind::kSource, shape.num_sources, text);
  AddBigLocations(LocationKind::kSink, shape.num_sinks, text);
  AddBigLocations(LocationKind::kIntermediate, shape.num_intermediates, text);
  return text;
}

FlowDb RandomFlowDb(std::mt19937& random) {
  FlowDb db;
  db.AddMetadata("version", "1.1");
  for (uint32_t i = UpTo(random, 3); i > 0; --i) {
    db.AddMetadata(StrCat("x", AwkwardText(random)), AwkwardText(random));
  }
  const std::vector<uint32_t> sources = AddLocations(random, LocationKind::kSource, db);
  const std::vector<uint32_t> sinks = AddLocations(random, LocationKind::kSink, db);
  const std::vector<uint32_t> steps = AddLocations(random, LocationKind::kIntermediate, db);
  const auto any_of = [&random](const std::vector<uint32_t>& ids) {
    return ids[UpTo(random, static_cast<uint32_t>(ids.size()) - 1)];
  };
  for (uint32_t i = 0; i < 20; ++i) {
    std::vector<uint32_t> path(UpTo(random, 6));
    for (uint32_t& step : path) step = any_of(steps);
    const uint32_t id = AwkwardId(random);
    db.AddFlow(id, any_of(sources), any_of(sinks), path, AwkwardText(random));
    db.AddLabel({RecordKind::kFlow, id, StrCat("x", AwkwardText(random)), AwkwardText(random)});
  }
  db.AddLabel({RecordKind::kSink, any_of(sinks), "data", AwkwardText(random)});
  return db;
}

std::string DumpFlowDb(const FlowDb& db) {
  const auto escaped = [](std::string_view text) { return absl::CHexEscape(AbslView(text)); };
  std::string dump;
  for (const auto& [key, value] : db.metadata()) {
    StrAppend(&dump, "metadata '", escaped(key), "' '", escaped(value), "'\n");
  }
  for (LocationKind kind : kLocationKinds) {
    for (const Location& location : db.locations(kind)) {
      StrAppend(&dump, LocationKindName(kind), " ", location.id, " '");
      StrAppend(&dump, escaped(db.file_name(location.file)), "' ", location.line, " ",
                location.col_start, "-", location.col_end, "\n");
    }
  }
  for (size_t i = 0; i < db.num_flows(); ++i) {
    const Flow flow = db.flow(i);
    StrAppend(&dump, "flow ", flow.id, " ", flow.source_id, " -> ", flow.sink_id, " via ");
    StrAppend(&dump, absl::StrJoin(flow.intermediates, " "), " '", escaped(flow.description),
              "'\n");
  }
  for (const Label& label : db.labels()) {
    StrAppend(&dump, "label of ", RecordKindName(label.kind), " ", label.id, " '");
    StrAppend(&dump, escaped(label.key), "' '", escaped(label.value), "'\n");
  }
  return dump;
}

}  // namespace flowmon
