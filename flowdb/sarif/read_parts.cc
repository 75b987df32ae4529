#include "flowdb/sarif/read_parts.h"

#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "flowdb/sarif/producer.h"
#include "flowdb/sarif/sarif_reader.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kMaxMessageArguments = 1000;

// False, and the reading has failed, if a run has more `what` than fit.
template <typename Items>
bool HasRoom(JsonReader& json, const Items& items, std::string_view what) {
  if (items.size() < kMaxSarifRunItems) return true;
  json.Fail(StrCat("a run has more than ", kMaxSarifRunItems, " ", what));
  return false;
}

template <typename Visit>
void ForEachString(JsonReader& json, Visit visit) {
  std::string text;
  json.ForEachElement([&](uint64_t) {
    if (json.TakeString(text)) visit(std::as_const(text));
  });
}

void ReadText(JsonReader& json, std::string& text) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "text") json.TakeString(text);
  });
}

void ReadMessage(JsonReader& json, SarifMessage& message) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "text") {
      json.TakeString(message.text);
    } else if (key == "id") {
      json.TakeString(message.id);
    } else if (key == "arguments") {
      ForEachString(json, [&](const std::string& argument) {
        if (message.arguments.size() < kMaxMessageArguments) message.arguments.push_back(argument);
      });
    }
  });
}

void ReadRegion(JsonReader& json, SarifRegion& region) {
  static constexpr std::pair<std::string_view, int64_t SarifRegion::*> kNumbers[] = {
      {"startLine", &SarifRegion::start_line},   {"startColumn", &SarifRegion::start_column},
      {"endLine", &SarifRegion::end_line},       {"endColumn", &SarifRegion::end_column},
      {"charOffset", &SarifRegion::char_offset}, {"charLength", &SarifRegion::char_length},
      {"byteOffset", &SarifRegion::byte_offset}, {"byteLength", &SarifRegion::byte_length}};
  json.ForEachMember([&](std::string_view key) {
    if (key == "snippet") return ReadText(json, region.snippet);
    for (const auto& [name, number] : kNumbers) {
      if (key != name) continue;
      json.TakeInteger(region.*number);
      return;
    }
  });
}

void ReadLocation(JsonReader& json, SarifStep& step, bool with_message) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "physicalLocation") {
      step.has_place = true;
      json.ForEachMember([&](std::string_view part) {
        if (part == "artifactLocation") {
          ReadArtifactLocation(json, step.artifact);
        } else if (part == "region") {
          ReadRegion(json, step.region);
        }
      });
    } else if (key == "message" && with_message) {
      std::string text;
      ReadText(json, text);
      step.is_taint_origin = IsTaintOriginMessage(text);
    }
  });
}

void ReadKinds(JsonReader& json, SarifStep& step) {
  ForEachString(json, [&](const std::string& kind) {
    step.is_source |= absl::EqualsIgnoreCase(kind, "source");
    step.is_taint |= absl::EqualsIgnoreCase(kind, "taint");
    step.is_sink |= absl::EqualsIgnoreCase(kind, "sink");
  });
}

void ReadMessageStrings(JsonReader& json, SarifMessageStrings& messages) {
  json.ForEachMember([&](std::string_view key) {
    if (HasRoom(json, messages, "messages of one rule")) ReadText(json, messages[std::string(key)]);
  });
}

void ReadRule(JsonReader& json, SarifRule& rule) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "id") {
      json.TakeString(rule.id);
    } else if (key == "defaultConfiguration") {
      json.ForEachMember([&](std::string_view part) {
        if (part == "level") json.TakeString(rule.level);
      });
    } else if (key == "messageStrings") {
      ReadMessageStrings(json, rule.messages);
    }
  });
}

void ReadComponent(JsonReader& json, SarifComponent& component) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "name") {
      json.TakeString(component.name);
    } else if (key == "version" || key == "semanticVersion") {
      if (component.version.empty()) json.TakeString(component.version);
    } else if (key == "globalMessageStrings") {
      ReadMessageStrings(json, component.global_messages);
    } else if (key == "rules") {
      json.ForEachElement([&](uint64_t) {
        if (!HasRoom(json, component.rules, "rules")) return;
        SarifRule& rule = component.rules.emplace_back();
        ReadRule(json, rule);
        component.rule_of_id.try_emplace(rule.id,
                                         static_cast<uint32_t>(component.rules.size() - 1));
      });
    }
  });
}

// The reference to a rule: id, index, and the component that has it.
void ReadRuleReference(JsonReader& json, SarifResult& result) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "id") {
      json.TakeString(result.rule_id);
    } else if (key == "index") {
      json.TakeInteger(result.rule_index);
    } else if (key == "toolComponent") {
      json.ForEachMember([&](std::string_view part) {
        if (part == "index") {
          json.TakeInteger(result.component_index);
        } else if (part == "name") {
          json.TakeString(result.component_name);
        }
      });
    }
  });
}

void ReadFingerprints(JsonReader& json, std::map<std::string, std::string>& fingerprints) {
  json.ForEachMember([&](std::string_view key) {
    // The first in order is used: one is enough.
    std::string name(key), value;
    if (!json.TakeString(value)) return;
    if (!fingerprints.empty() && fingerprints.begin()->first <= name) return;
    fingerprints.clear();
    fingerprints.emplace(std::move(name), std::move(value));
  });
}

// A result is suppressed if it has suppressions, and none is rejected or waits for a review.
bool ReadSuppressions(JsonReader& json) {
  bool any = false;
  bool accepted = true;
  json.ForEachElement([&](uint64_t) {
    any = true;
    json.ForEachMember([&](std::string_view key) {
      std::string status;
      if (key == "status" && json.TakeString(status)) accepted &= status == "accepted";
    });
  });
  return any && accepted;
}

// What a step itself tells comes before what the run's cache does.
void TakeFromCache(const SarifRun& run, SarifStep& step) {
  if (step.cached < 0 || static_cast<uint64_t>(step.cached) >= run.steps.size()) return;
  const SarifStep& cached = run.steps[static_cast<size_t>(step.cached)];
  if (!step.has_place) {
    step.artifact = cached.artifact;
    step.region = cached.region;
    step.has_place = cached.has_place;
  }
  if (step.execution_order < 0) step.execution_order = cached.execution_order;
  step.unimportant |= cached.unimportant;
  step.is_source |= cached.is_source;
  step.is_taint |= cached.is_taint;
  step.is_sink |= cached.is_sink;
  step.is_taint_origin |= cached.is_taint_origin && TellsOriginInMessages(run.driver.name);
}

void ReadThreadFlow(JsonReader& json, const SarifRun& run, uint32_t code_flow, uint64_t index,
                    SarifResult& result) {
  const bool with_messages = TellsOriginInMessages(run.driver.name);
  SarifThreadFlow flow = {.code_flow = code_flow,
                          .thread_flow = static_cast<uint32_t>(index),
                          .first = result.num_steps,
                          .count = 0};
  json.ForEachMember([&](std::string_view key) {
    if (key != "locations") return;
    json.ForEachElement([&](uint64_t) {
      if (result.num_steps == kMaxSarifSteps) {
        result.too_long = true;
        return;
      }
      if (result.num_steps == result.steps.size()) result.steps.emplace_back();
      SarifStep& step = result.steps[result.num_steps++];
      step.Clear();
      ReadStep(json, step, with_messages);
      TakeFromCache(run, step);
    });
  });
  flow.count = result.num_steps - flow.first;
  if (result.thread_flows.size() < kMaxSarifSteps) {
    result.thread_flows.push_back(flow);
  } else {
    result.too_long = true;
  }
}

void ReadCodeFlows(JsonReader& json, const SarifRun& run, SarifResult& result) {
  json.ForEachElement([&](uint64_t code_flow) {
    json.ForEachMember([&](std::string_view key) {
      if (key != "threadFlows") return;
      json.ForEachElement([&](uint64_t thread_flow) {
        ReadThreadFlow(json, run, static_cast<uint32_t>(code_flow), thread_flow, result);
      });
    });
  });
}

// As new, but for the index and the capacity of the steps.
void ClearResult(SarifResult& result) {
  SarifResult fresh;
  fresh.index = result.index;
  fresh.steps = std::move(result.steps);
  result = std::move(fresh);
}

}  // namespace

void SarifStep::Clear() {
  const auto cleared = [](std::string& text) {
    text.clear();
    return std::move(text);
  };
  SarifStep fresh;
  fresh.artifact.uri = cleared(artifact.uri);
  fresh.artifact.uri_base_id = cleared(artifact.uri_base_id);
  *this = std::move(fresh);
}

void ReadArtifactLocation(JsonReader& json, SarifArtifactLocation& location) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "uri") {
      json.TakeString(location.uri);
    } else if (key == "uriBaseId") {
      json.TakeString(location.uri_base_id);
    } else if (key == "index") {
      json.TakeInteger(location.index);
    }
  });
}

void ReadStep(JsonReader& json, SarifStep& step, bool with_message) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "location") {
      ReadLocation(json, step, with_message);
    } else if (key == "kinds") {
      ReadKinds(json, step);
    } else if (key == "index") {
      json.TakeInteger(step.cached);
    } else if (key == "executionOrder") {
      json.TakeInteger(step.execution_order);
    } else if (key == "importance") {
      std::string importance;
      step.unimportant = json.TakeString(importance) && importance == "unimportant";
    }
  });
}

void ReadTool(JsonReader& json, SarifRun& run) {
  json.ForEachMember([&](std::string_view key) {
    if (key == "driver") {
      ReadComponent(json, run.driver);
    } else if (key == "extensions") {
      json.ForEachElement([&](uint64_t) {
        if (HasRoom(json, run.extensions, "extensions")) {
          ReadComponent(json, run.extensions.emplace_back());
        }
      });
    }
  });
}

void ReadArtifacts(JsonReader& json, SarifRun& run) {
  json.ForEachElement([&](uint64_t) {
    if (!HasRoom(json, run.artifacts, "artifacts")) return;
    SarifArtifactLocation& artifact = run.artifacts.emplace_back();
    json.ForEachMember([&](std::string_view key) {
      if (key == "location") ReadArtifactLocation(json, artifact);
    });
  });
}

void ReadUriBases(JsonReader& json, SarifRun& run) {
  json.ForEachMember([&](std::string_view key) {
    if (!HasRoom(json, run.uri_bases, "originalUriBaseIds")) return;
    ReadArtifactLocation(json, run.uri_bases[std::string(key)]);
  });
}

void ReadCachedSteps(JsonReader& json, SarifRun& run) {
  json.ForEachElement([&](uint64_t) {
    if (HasRoom(json, run.steps, "threadFlowLocations")) {
      ReadStep(json, run.steps.emplace_back(), true);
    }
  });
}

void ReadResult(JsonReader& json, const SarifRun& run, SarifResult& result) {
  ClearResult(result);
  json.PeekValue();  // the offset is then that of the object
  result.offset = json.offset();
  json.ForEachMember([&](std::string_view key) {
    if (key == "codeFlows") {
      ReadCodeFlows(json, run, result);
    } else if (key == "message") {
      ReadMessage(json, result.message);
    } else if (key == "ruleId") {
      json.TakeString(result.rule_id);
    } else if (key == "ruleIndex") {
      json.TakeInteger(result.rule_index);
    } else if (key == "rule") {
      ReadRuleReference(json, result);
    } else if (key == "level") {
      json.TakeString(result.level);
    } else if (key == "kind") {
      json.TakeString(result.kind);
    } else if (key == "fingerprints") {
      ReadFingerprints(json, result.fingerprints);
    } else if (key == "partialFingerprints") {
      ReadFingerprints(json, result.partial_fingerprints);
    } else if (key == "suppressions") {
      result.suppressed = ReadSuppressions(json);
    } else if (key == "baselineState") {
      std::string state;
      result.absent = json.TakeString(state) && state == "absent";
    }
  });
  if (result.too_long) {
    result.num_steps = 0;
    result.thread_flows.clear();
  }
  if (std::optional<JsonProblem> problem = json.TakeTypeProblem()) {
    result.problem = StrCat(problem->message, " (byte ", problem->offset, ")");
  }
}

}  // namespace flowmon
