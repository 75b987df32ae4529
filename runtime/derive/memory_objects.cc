#include "runtime/derive/memory_objects.h"

#include <algorithm>
#include <utility>

#include "llvm/IR/Constants.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Instructions.h"
#include "runtime/derive/library_models.h"

namespace flowmon {
namespace {

// In an object that keeps its offsets: any of them.
constexpr uint64_t kAnyOffset = ~uint64_t{0} - 1;

bool HasPointers(const llvm::Type* type) {
  return type->isPointerTy() ||
         std::any_of(type->subtype_begin(), type->subtype_end(), HasPointers);
}

bool Contains(const llvm::Type* type, const llvm::Type* part) {
  return type == part || (!type->isPointerTy() &&
                          std::any_of(type->subtype_begin(), type->subtype_end(),
                                      [&](const llvm::Type* t) { return Contains(t, part); }));
}

}  // namespace

ObjectId MemoryObjects::Make(MemoryObject::Kind kind, const llvm::Value* site, uint8_t number) {
  const auto [entry, is_new] =
      by_site_.try_emplace({site, number}, static_cast<ObjectId>(objects_.size()));
  if (!is_new) return entry->second;
  MemoryObject object{kind, site};
  if (const auto* local = llvm::dyn_cast<llvm::AllocaInst>(site)) {
    object.type = local->getAllocatedType();
    const auto* count = llvm::dyn_cast<llvm::ConstantInt>(local->getArraySize());
    if (object.type->isSized() && count != nullptr) {
      object.size = layout_.getTypeAllocSize(object.type) * count->getZExtValue();
    }
    // i8 arrays of variable length.
    if (count == nullptr || !count->isOne()) object.kind = MemoryObject::Kind::kHeap;
  } else if (const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(site)) {
    object.type = global->getValueType();
    if (object.type->isSized()) object.size = layout_.getTypeAllocSize(object.type);
    object.keeps_offsets =
        global->isConstant() && global->hasInitializer() && HasPointers(object.type);
  } else {
    const auto learned = learned_.find(site);
    if (learned != learned_.end()) object.type = learned->second;
    if (const auto* call = llvm::dyn_cast<llvm::CallBase>(site)) {
      const LibraryModel* model = FindLibraryModel(LibraryName(*call));
      object.size = model == nullptr ? 0 : ConstantProduct(*call, model->size, model->count);
    }
  }
  if (object.type != nullptr && !object.type->isSized()) object.type = nullptr;
  objects_.push_back(object);
  return entry->second;
}

std::pair<uint64_t, uint64_t> MemoryObjects::Normalize(const MemoryObject& object,
                                                       int64_t offset) const {
  if (object.keeps_offsets) {
    const bool is_inside = offset >= 0 && static_cast<uint64_t>(offset) < object.size;
    return {is_inside ? static_cast<uint64_t>(offset) : kAnyOffset, 0};
  }
  llvm::Type* type = object.type;
  if (type == nullptr) return {0, 0};
  const auto size = static_cast<int64_t>(layout_.getTypeAllocSize(type));
  if (size == 0) return {0, 0};
  offset = ((offset % size) + size) % size;
  uint64_t base = 0;
  auto rest = static_cast<uint64_t>(offset);
  while (true) {
    if (auto* record = llvm::dyn_cast<llvm::StructType>(type)) {
      if (record->getNumElements() == 0) return {base, 0};
      const llvm::StructLayout* fields = layout_.getStructLayout(record);
      const unsigned index = fields->getElementContainingOffset(rest);
      const uint64_t start = fields->getElementOffset(index);
      base += start;
      rest -= start;
      type = record->getElementType(index);
    } else if (auto* array = llvm::dyn_cast<llvm::ArrayType>(type)) {
      const uint64_t element = layout_.getTypeAllocSize(array->getElementType());
      if (element == 0) return {base, 0};
      rest %= element;
      type = array->getElementType();
    } else {
      return {base, layout_.getTypeStoreSize(type)};
    }
  }
}

LeafId MemoryObjects::Leaf(ObjectId object, int64_t offset) {
  const auto [normal, width] = Normalize(objects_[object], offset);
  const auto [entry, is_new] =
      by_offset_.try_emplace({object, normal}, static_cast<LeafId>(leaves_.size()));
  if (is_new) {
    leaves_.push_back({object, normal, width});
    if (objects_[object].keeps_offsets) leaves_of_[object].push_back(entry->second);
  }
  return entry->second;
}

uint64_t MemoryObjects::SpanOf(LeafId leaf) {
  const LeafEntry entry = leaves_[leaf];
  const MemoryObject& object = objects_[entry.object];
  if (object.keeps_offsets || object.type == nullptr) return entry.width;
  const Layout& layout = LayoutOf(object.type);
  const auto at = std::lower_bound(layout.offsets.begin(), layout.offsets.end(), entry.offset);
  if (at == layout.offsets.end() || *at != entry.offset ||
      !layout.is_array[static_cast<size_t>(at - layout.offsets.begin())]) {
    return entry.width;
  }
  const auto next = std::next(at);
  const uint64_t size = layout_.getTypeAllocSize(object.type);
  return (next == layout.offsets.end() ? size : *next) - entry.offset;
}

LeafId MemoryObjects::Step(LeafId leaf, int64_t delta, bool is_variable) {
  const LeafEntry entry = leaves_[leaf];
  const MemoryObject& object = objects_[entry.object];
  if (object.keeps_offsets && (is_variable || entry.offset == kAnyOffset)) {
    return Leaf(entry.object, -1);
  }
  return Leaf(entry.object, static_cast<int64_t>(entry.offset) + delta);
}

bool MemoryObjects::MayHold(LeafId leaf, llvm::Type* type) const {
  const MemoryObject& object = objects_[leaves_[leaf].object];
  if (object.kind == MemoryObject::Kind::kFunction) return !type->isStructTy();
  return !object.keeps_offsets || !type->isStructTy() || Contains(object.type, type);
}

void MemoryObjects::Flatten(llvm::Type* type, uint64_t offset, bool in_array,
                            Layout& layout) const {
  if (layout.offsets.size() >= kMaxLeaves) return;
  if (auto* record = llvm::dyn_cast<llvm::StructType>(type)) {
    const llvm::StructLayout* fields = layout_.getStructLayout(record);
    for (unsigned i = 0; i < record->getNumElements(); ++i) {
      Flatten(record->getElementType(i), offset + fields->getElementOffset(i), in_array, layout);
    }
  } else if (auto* array = llvm::dyn_cast<llvm::ArrayType>(type)) {
    Flatten(array->getElementType(), offset, true, layout);
  } else if (layout.offsets.empty() || layout.offsets.back() < offset) {
    layout.offsets.push_back(offset);
    layout.is_array.push_back(in_array);
  }
}

const MemoryObjects::Layout& MemoryObjects::LayoutOf(llvm::Type* type) {
  const auto [entry, is_new] = layouts_.try_emplace(type);
  if (is_new) Flatten(type, 0, false, entry->second);
  return entry->second;
}

const std::vector<LeafId>& MemoryObjects::Touched(LeafId leaf, uint64_t size) {
  const LeafEntry entry = leaves_[leaf];
  const MemoryObject& object = objects_[entry.object];
  if (object.keeps_offsets) {
    const bool is_all = entry.offset == kAnyOffset || size == 0 || size > 8;
    touched_now_ = is_all ? leaves_of_[entry.object] : std::vector<LeafId>{leaf};
    return touched_now_;
  }
  const auto [cached, is_new] = touched_.try_emplace({leaf, size});
  if (is_new) {
    std::vector<LeafId> touched = {leaf};
    if (object.type != nullptr) CollectTouched(leaf, size, touched);
    cached->second = std::move(touched);
  }
  return cached->second;
}

void MemoryObjects::CollectTouched(LeafId leaf, uint64_t size, std::vector<LeafId>& touched) {
  const LeafEntry entry = leaves_[leaf];
  const Layout& layout = LayoutOf(objects_[entry.object].type);
  auto next = std::lower_bound(layout.offsets.begin(), layout.offsets.end(), entry.offset);
  if (next == layout.offsets.end()) return;
  if (size == 0 && layout.is_array[static_cast<size_t>(next - layout.offsets.begin())]) return;
  for (++next; next != layout.offsets.end(); ++next) {
    if (size != 0 && *next >= entry.offset + size) break;
    touched.push_back(Leaf(entry.object, static_cast<int64_t>(*next)));
  }
}

void MemoryObjects::LearnType(LeafId leaf, llvm::Type* type) {
  const LeafEntry entry = leaves_[leaf];
  const MemoryObject& object = objects_[entry.object];
  const bool is_untyped =
      object.kind == MemoryObject::Kind::kHeap || object.kind == MemoryObject::Kind::kUnknown;
  if (!is_untyped || entry.offset != 0 || !type->isStructTy() || !type->isSized()) return;
  llvm::Type*& known = learned_[object.site];
  if (known == type) return;
  if (known == nullptr || LayoutOf(known).offsets.size() < LayoutOf(type).offsets.size()) {
    known = type;
    has_learned_ = true;
  }
}

}  // namespace flowmon
