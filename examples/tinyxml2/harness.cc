// Fuzz entry of the tinyxml2 example: parses a document, visits all of it and prints it.
//
// The last byte chooses how, as its difference (xor) from a line feed: an ordinary file, which ends
// with one, is parsed with all defaults.
//
//     1    compact output: no line breaks, no indentation
//     2    white space is collapsed
//     4    entities are left as they are
//     8    each attribute and text is converted to numbers
//     16   print a deep copy of the document

#include <tinyxml2.h>

#include <cstddef>
#include <cstdint>

namespace {

enum Option { kCompact = 1, kCollapse = 2, kRawEntities = 4, kConvert = 8, kCopy = 16 };

// Asks for every value as every type, as programs do that read settings. `total` keeps the answers.
class Converter : public tinyxml2::XMLVisitor {
 public:
  bool VisitEnter(const tinyxml2::XMLElement& element,
                  const tinyxml2::XMLAttribute* first) override {
    for (const tinyxml2::XMLAttribute* each = first; each != nullptr; each = each->Next()) {
      total += each->IntValue() + each->DoubleValue() + (each->BoolValue() ? 1 : 0) +
               static_cast<double>(each->Int64Value()) + each->UnsignedValue();
    }
    total += element.IntText() + element.DoubleText() + (element.BoolText() ? 1 : 0);
    return true;
  }

  double total = 0;
};

void Print(const tinyxml2::XMLDocument& document, bool compact) {
  tinyxml2::XMLPrinter printer(nullptr, compact);
  document.Print(&printer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const int options = data[size - 1] ^ '\n';
  tinyxml2::XMLDocument document(
      (options & kRawEntities) == 0,
      (options & kCollapse) != 0 ? tinyxml2::COLLAPSE_WHITESPACE : tinyxml2::PRESERVE_WHITESPACE);
  if (document.Parse(reinterpret_cast<const char*>(data), size - 1) != tinyxml2::XML_SUCCESS) {
    return 0;
  }
  if ((options & kConvert) != 0) {
    Converter converter;
    document.Accept(&converter);
  }
  if ((options & kCopy) != 0) {
    tinyxml2::XMLDocument copy;
    document.DeepCopy(&copy);
    Print(copy, (options & kCompact) != 0);
  } else {
    Print(document, (options & kCompact) != 0);
  }
  return 0;
}
