#include "flowdb/sarif/annotate.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "flowdb/atomic_file.h"
#include "flowdb/sarif/json_reader.h"
#include "flowdb/sarif/sarif_file.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kCopyBytes = 256 << 10;

// Copies a file with edits, which come in ascending order. After an error nothing more is written.
class EditedCopy {
 public:
  using Write = std::function<absl::Status(std::string_view)>;
  EditedCopy(const SarifFile& in, Write write) : in_(in), write_(std::move(write)) {}

  void Insert(uint64_t at, std::string_view text) { Replace(at, at, text); }
  void Replace(uint64_t begin, uint64_t end, std::string_view text) {
    CopyTo(begin);
    if (status_.ok()) status_ = write_(text);
    position_ = end;
  }
  void CopyTo(uint64_t end) {
    while (position_ < end && status_.ok()) {
      const std::string bytes =
          in_.ReadAt(position_, std::min<uint64_t>(kCopyBytes, end - position_));
      if (bytes.empty()) {
        status_ = absl::DataLossError(StrCat(in_.name(), " became shorter while it was read"));
        return;
      }
      status_ = write_(bytes);
      position_ += bytes.size();
    }
  }
  const absl::Status& status() const { return status_; }

 private:
  const SarifFile& in_;
  const Write write_;
  uint64_t position_ = 0;  // of in_: what is before it has been copied, edited or left out
  absl::Status status_;
};

// Where an item can be appended to an object or array.
struct Tail {
  uint64_t offset = 0;  // behind the last item, or behind the opening bracket
  bool is_empty = true;
  std::string_view separator() const { return is_empty ? "" : ","; }
};

// Calls visit(key, tail) for each member, `tail` being that of the members before it.
template <typename Visit>
Tail VisitMembers(JsonReader& json, Visit visit) {
  json.PeekValue();
  Tail tail = {.offset = json.offset() + 1, .is_empty = true};
  json.ForEachMember([&](std::string_view key) {
    visit(key, std::as_const(tail));
    json.FinishValue();
    tail = {.offset = json.offset(), .is_empty = false};
  });
  return tail;
}

class Annotator {
 public:
  Annotator(JsonReader& json, EditedCopy& copy, std::string_view extension,
            const SarifPropertiesOf& properties_of)
      : json_(json), copy_(copy), extension_(extension), properties_of_(properties_of) {
    JsonReader reader(extension);
    extension_name_ = ReadName(reader);
  }

  void Run() {
    json_.ForEachMember([&](std::string_view key) {
      if (key != "runs") return;
      json_.ForEachElement([&](uint64_t run) {
        json_.ForEachMember([&](std::string_view part) {
          if (part == "tool" && !extension_.empty()) {
            EditTool();
          } else if (part == "results") {
            json_.ForEachElement([&](uint64_t result) {
              EditResult(properties_of_(static_cast<uint32_t>(run), static_cast<uint32_t>(result)));
            });
          }
        });
      });
    });
  }

 private:
  static std::string ReadName(JsonReader& json) {
    std::string name;
    json.ForEachMember([&](std::string_view key) {
      if (key == "name") json.TakeString(name);
    });
    return name;
  }

  // Puts `text` in the place of the next value.
  void ReplaceValue(std::string_view text) {
    json_.PeekValue();
    const uint64_t begin = json_.offset();
    json_.FinishValue();
    if (json_.ok()) copy_.Replace(begin, json_.offset(), text);
  }

  void Append(const Tail& tail, std::string_view text) {
    if (json_.ok()) copy_.Insert(tail.offset, StrCat(tail.separator(), text));
  }

  void EditTool() {
    if (json_.PeekValue() != '{') return;
    bool has_extensions = false;
    const Tail tail = VisitMembers(json_, [&](std::string_view key, const Tail&) {
      if (key != "extensions" || has_extensions) return;
      has_extensions = true;
      if (json_.PeekValue() == '[') {
        EditExtensions();
      } else {
        ReplaceValue(StrCat("[", extension_, "]"));
      }
    });
    if (!has_extensions) Append(tail, StrCat("\"extensions\":[", extension_, "]"));
  }

  void EditExtensions() {
    bool is_done = false;
    Tail tail = {.offset = json_.offset() + 1, .is_empty = true};
    json_.ForEachElement([&](uint64_t) {
      json_.PeekValue();
      const uint64_t begin = json_.offset();
      const bool is_ours = ReadName(json_) == extension_name_;
      json_.FinishValue();
      tail = {.offset = json_.offset(), .is_empty = false};
      if (is_ours && !is_done && json_.ok()) {
        copy_.Replace(begin, tail.offset, extension_);
        is_done = true;
      }
    });
    if (!is_done) Append(tail, extension_);
  }

  void EditResult(const std::optional<std::string>& properties) {
    if (json_.PeekValue() != '{') return;
    const std::string bag =
        properties ? StrCat("{\"", kSarifPropertyName, "\":", *properties, "}") : "";
    bool has_bag = false;
    const Tail tail = VisitMembers(json_, [&](std::string_view key, const Tail&) {
      if (key != "properties" || has_bag) return;
      has_bag = true;
      if (json_.PeekValue() == '{') {
        EditBag(properties);
      } else if (properties) {
        ReplaceValue(bag);
      }
    });
    if (!has_bag && properties) Append(tail, StrCat("\"properties\":", bag));
  }

  void EditBag(const std::optional<std::string>& properties) {
    bool is_done = false;
    const Tail tail = VisitMembers(json_, [&](std::string_view key, const Tail& before) {
      if (key != kSarifPropertyName || is_done) return;
      is_done = true;
      if (properties) {
        ReplaceValue(*properties);
      } else {
        RemoveMember(before);
      }
    });
    if (!is_done && properties) {
      Append(tail, StrCat("\"", kSarifPropertyName, "\":", *properties));
    }
  }

  // With the comma in front of it, or, if it is the first, behind it.
  void RemoveMember(const Tail& before) {
    json_.FinishValue();
    uint64_t end = json_.offset();
    if (before.is_empty && json_.PeekToken() == ',') end = json_.offset() + 1;
    if (json_.ok()) copy_.Replace(before.offset, end, "");
  }

  JsonReader& json_;
  EditedCopy& copy_;
  const std::string_view extension_;
  const SarifPropertiesOf& properties_of_;
  std::string extension_name_;
};

absl::Status Annotate(const SarifFile& file, std::string_view extension_json,
                      const SarifPropertiesOf& properties_of, EditedCopy::Write write) {
  const std::unique_ptr<JsonReader> json = file.NewReader();
  EditedCopy copy(file, std::move(write));
  Annotator(*json, copy, extension_json, properties_of).Run();
  json->TakeEnd();
  if (!json->ok()) return file.Error(json->error());
  copy.CopyTo(json->offset());
  return copy.status();
}

}  // namespace

absl::Status AnnotateSarif(const std::string& in, const std::string& out,
                           std::string_view extension_json,
                           const SarifPropertiesOf& properties_of) {
  const absl::StatusOr<SarifFile> file = SarifFile::Open(in);
  if (!file.ok()) return file.status();
  absl::StatusOr<AtomicFile> copy = AtomicFile::Create(out, "SARIF log");
  if (!copy.ok()) return copy.status();
  const auto write = [&](std::string_view bytes) { return copy->Write(bytes); };
  if (absl::Status status = Annotate(*file, extension_json, properties_of, write); !status.ok()) {
    return status;
  }
  return copy->Commit();
}

absl::StatusOr<std::string> AnnotateSarifText(std::string_view text, std::string_view name,
                                              std::string_view extension_json,
                                              const SarifPropertiesOf& properties_of) {
  std::string copy;
  const auto write = [&](std::string_view bytes) {
    copy += bytes;
    return absl::OkStatus();
  };
  const absl::Status status = Annotate(SarifFile(text, name), extension_json, properties_of, write);
  if (!status.ok()) return status;
  return copy;
}

}  // namespace flowmon
