/* The election of the process's instance: see flow_instance.h. */

#define _GNU_SOURCE
#include "flow_instance.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <string.h>

/* Weak: a static program has nothing to pin. */
#pragma weak dlopen

struct flow_instance flow_instance = {.report = flow_instance_report,
                                      .hit = flow_instance_hit,
                                      .mark_run = flow_instance_mark_run,
                                      .start = flow_instance_start,
                                      .tell_database = flow_instance_tell_database,
                                      .map = &df_coverage_map,
                                      .map_size = &df_coverage_size,
                                      .tallies = &flow_tallies,
                                      .session = &flow_session};
const struct flow_instance* flow_delegate;

/* The distance from the note's content to the instance: needs no relocation at load time. */
#define NOTE_NAME "flowmon"
#define TEXT_OF(x) #x
#define NOTE_TYPE(x) TEXT_OF(x)
__asm__(
    ".pushsection .note.flowmon, \"a\", %note\n"
    ".balign 4\n"
    ".long 8, 8, " NOTE_TYPE(FLOW_INSTANCE_NOTE) "\n"
    ".asciz \"" NOTE_NAME "\"\n"
    "0: .quad flow_instance - 0b\n"
    ".popsection\n");

static size_t Padded(size_t size, size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

static struct flow_instance* InstanceInNotes(char* notes, size_t size, size_t alignment) {
  char* const end = notes + size;
  while ((size_t)(end - notes) >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    memcpy(&note, notes, sizeof(note));
    char* const name = notes + sizeof(note);
    const size_t name_size = Padded(note.n_namesz, alignment);
    const size_t content_size = Padded(note.n_descsz, alignment);
    if (name_size > (size_t)(end - name) || content_size > (size_t)(end - name) - name_size) break;
    int64_t distance;
    if (note.n_type == FLOW_INSTANCE_NOTE && note.n_namesz == sizeof(NOTE_NAME) &&
        note.n_descsz == sizeof(distance) && !memcmp(name, NOTE_NAME, sizeof(NOTE_NAME))) {
      memcpy(&distance, name + name_size, sizeof(distance));
      return (struct flow_instance*)(void*)(name + name_size + distance);
    }
    notes = name + name_size + content_size;
  }
  return NULL;
}

struct candidate {
  struct flow_instance* instance;
  const char* object; /* its file; empty for the program */
};

/* Stops at an instance that is elected; else the first one is the candidate. */
static int Consider(struct dl_phdr_info* info, size_t size, void* candidate_of_caller) {
  (void)size;
  struct candidate* candidate = candidate_of_caller;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)* segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_NOTE) continue;
    char* notes = (char*)(info->dlpi_addr + segment->p_vaddr); /* NOLINT: the loader's number */
    struct flow_instance* instance =
        InstanceInNotes(notes, segment->p_memsz, segment->p_align == 8 ? 8 : 4);
    if (!instance || (candidate->instance && !instance->is_elected)) continue;
    candidate->instance = instance;
    candidate->object = info->dlpi_name;
    if (instance->is_elected) return 1;
  }
  return 0;
}

/* The program cannot be unloaded. */
static int Pin(const char* object) {
  return !object || !*object || (dlopen && dlopen(object, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE));
}

/* In the child of a fork, whose own reports may have to ask first (flow_session_enter_child).
 * Writes only where something changes: a page costs. */
static void FollowCounters(void) {
  if (!*flow_delegate->map_size && df_coverage_size) df_coverage_size = 0;
  if (!flow_delegate->tallies->num_ids && flow_tallies.num_ids) flow_tallies.num_ids = 0;
}

/* What is inlined around this copy counts in the elected one's memory, if it does not do so by
 * name. Not in the lane of files: that is unmapped in the child of a fork, from under a signal
 * handler that counts in it. */
static void ShareCounters(void) {
  if (!*flow_delegate->session || &df_coverage_map == flow_delegate->map) return;
  df_coverage_map = *flow_delegate->map;
  df_coverage_size = *flow_delegate->map_size;
  flow_tallies = *flow_delegate->tallies;
  pthread_atfork(NULL, NULL, FollowCounters);
}

/* What the objects of this copy's program or library were built with. Weak: none may be marked. */
#define BOUND_OF(end, section) __##end##_##section
#define BOUND(end, section) BOUND_OF(end, section)
#define DATABASES_BEGIN BOUND(start, FLOW_DATABASE_SECTION)
#define DATABASES_END BOUND(stop, FLOW_DATABASE_SECTION)
extern const char DATABASES_BEGIN[] __attribute__((weak)) FLOW_HIDDEN;
extern const char DATABASES_END[] __attribute__((weak)) FLOW_HIDDEN;

static void TellDatabases(const struct flow_instance* elected) {
  uint64_t hash;
  for (const char* next = DATABASES_BEGIN; next < DATABASES_END; next += sizeof(hash)) {
    memcpy(&hash, next, sizeof(hash));
    elected->tell_database(hash);
  }
}

__attribute__((constructor(101))) static void Elect(void) {
  struct candidate chosen = {NULL, NULL};
  dl_iterate_phdr(Consider, &chosen);
  /* What cannot be pinned serves nobody else. */
  if (!chosen.instance || (!chosen.instance->is_elected && !Pin(chosen.object)))
    chosen.instance = &flow_instance;
  else
    chosen.instance->is_elected = 1;
  /* Before its own constructor, where this is a library's. */
  if (!chosen.instance->is_started) {
    chosen.instance->is_started = 1;
    chosen.instance->start();
  }
  TellDatabases(chosen.instance);
  if (chosen.instance == &flow_instance) return;
  flow_delegate = chosen.instance;
  ShareCounters();
}
