// The memory of the program as the analysis sees it: objects, one for each place that makes one
// (variable, allocation, global), and in them leaves: the scalar fields of the object's type. The
// elements of an array are one.
//
// Exceptions: constant globals with an initializer (tables of functions, virtual tables) keep every
// offset apart, and memory of unknown type is one leaf.

#ifndef FLOWMON_RUNTIME_DERIVE_MEMORY_OBJECTS_H_
#define FLOWMON_RUNTIME_DERIVE_MEMORY_OBJECTS_H_

#include <cstdint>
#include <map>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/GlobalVariable.h"
#include "llvm/IR/Value.h"

namespace flowmon {

struct MemoryObject {
  enum class Kind : uint8_t { kStack, kGlobal, kHeap, kFunction, kUnknown };
  Kind kind;
  const llvm::Value* site;     // what makes it
  llvm::Type* type = nullptr;  // nullptr: not known
  uint64_t size = 0;           // in bytes, 0: not known
  bool keeps_offsets = false;
};

using ObjectId = uint32_t;
using LeafId = uint32_t;  // one leaf of one object

class MemoryObjects {
 public:
  // At most this many leaves are told apart in one object.
  static constexpr size_t kMaxLeaves = 256;
  // As the size of an access: to the end of the object.
  static constexpr uint64_t kToEnd = uint64_t{1} << 62;

  explicit MemoryObjects(const llvm::DataLayout& layout) : layout_(layout) {}

  // The object made at `site`, one for each `number` (an instruction may make several).
  ObjectId Make(MemoryObject::Kind kind, const llvm::Value* site, uint8_t number = 0);
  const MemoryObject& object(ObjectId id) const { return objects_[id]; }
  size_t num_leaves() const { return leaves_.size(); }

  LeafId Leaf(ObjectId object, int64_t offset);
  ObjectId ObjectOf(LeafId leaf) const { return leaves_[leaf].object; }
  uint64_t OffsetOf(LeafId leaf) const { return leaves_[leaf].offset; }
  // The size of the scalar, 0 if not known.
  uint64_t WidthOf(LeafId leaf) const { return leaves_[leaf].width; }
  // How many bytes of the object the leaf stands for: of an array's, all its elements. 0 if not
  // known.
  uint64_t SpanOf(LeafId leaf);
  // `delta` bytes further; with `is_variable` also any number of elements.
  LeafId Step(LeafId leaf, int64_t delta, bool is_variable);
  // False if `type` does not occur where the leaf is: a pointer to such a type cannot point there.
  // Only constant tables are that strict; other memory is reinterpreted in honest programs, too.
  bool MayHold(LeafId leaf, llvm::Type* type) const;
  // What an access of `size` bytes at this leaf touches, itself included. size 0: not known, which
  // means the array that the leaf is in, else all that follows it in the object.
  // Valid until the next call.
  const std::vector<LeafId>& Touched(LeafId leaf, uint64_t size);
  // Memory that is used as a struct is taken for an array of it; of several, of the one with most
  // fields, which tells most apart: a pool's own type is just bytes. Only what is made later sees
  // it.
  void LearnType(LeafId leaf, llvm::Type* type);
  using Types = std::map<const llvm::Value*, llvm::Type*>;  // by what makes the object
  const Types& learned_types() const { return learned_; }
  void set_learned_types(Types types) { learned_ = std::move(types); }
  bool has_learned() const { return has_learned_; }

 private:
  struct LeafEntry {
    ObjectId object;
    uint64_t offset;
    uint64_t width;
  };
  struct Layout {
    std::vector<uint64_t> offsets;  // of the leaves, ascending
    std::vector<bool> is_array;     // part of an array
  };
  const Layout& LayoutOf(llvm::Type* type);
  void CollectTouched(LeafId leaf, uint64_t size, std::vector<LeafId>& touched);
  void Flatten(llvm::Type* type, uint64_t offset, bool in_array, Layout& layout) const;
  // Of the leaf that has the byte at `offset`: where it begins and its size.
  std::pair<uint64_t, uint64_t> Normalize(const MemoryObject& object, int64_t offset) const;

  const llvm::DataLayout& layout_;
  std::vector<MemoryObject> objects_;
  std::vector<LeafEntry> leaves_;
  std::map<std::pair<const llvm::Value*, uint8_t>, ObjectId> by_site_;
  llvm::DenseMap<std::pair<ObjectId, uint64_t>, LeafId> by_offset_;
  std::map<ObjectId, std::vector<LeafId>> leaves_of_;  // of objects that keep their offsets
  std::map<llvm::Type*, Layout> layouts_;
  llvm::DenseMap<std::pair<LeafId, uint64_t>, std::vector<LeafId>> touched_;
  std::vector<LeafId> touched_now_;
  Types learned_;
  bool has_learned_ = false;
};

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_DERIVE_MEMORY_OBJECTS_H_
