/* Fuzz entry of the giflib example: reads a GIF out of memory, whole or piece by piece, and on
 * request writes it again.
 *
 * The last byte chooses how, as its difference (xor) from a semicolon, which ends every GIF:
 *
 *     1    record by record and line by line, instead of all images at once (DGifSlurp)
 *     2    compressed codes instead of pixels, where it is record by record
 *     4    write what was read (EGifSpew), where it is all at once
 *     8    look at the graphics control block of each image */

#include <gif_lib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_RECORDS 1
#define OPTION_CODES 2
#define OPTION_WRITE 4
#define OPTION_CONTROL 8

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

struct buffer {
  const uint8_t* bytes;
  size_t left;
};

static int read_bytes(GifFileType* gif, GifByteType* to, int count) {
  struct buffer* input = gif->UserData;
  if (count < 0) return 0;
  if ((size_t)count > input->left) count = (int)input->left;
  memcpy(to, input->bytes, (size_t)count);
  input->bytes += count;
  input->left -= (size_t)count;
  return count;
}

/* Up to 64 KiB: more is an error, as a full disk would be. */
static int write_bytes(GifFileType* gif, const GifByteType* from, int count) {
  static uint8_t output[1 << 16];
  size_t* used = gif->UserData;
  if (count < 0 || (size_t)count > sizeof output - *used) return 0;
  memcpy(output + *used, from, (size_t)count);
  *used += (size_t)count;
  return count;
}

static int read_image(GifFileType* gif, int options) {
  if (DGifGetImageDesc(gif) == GIF_ERROR) return GIF_ERROR;
  if (options & OPTION_CODES) {
    int code = 0;
    while (DGifGetLZCodes(gif, &code) == GIF_OK) {
      if (code < 0) return GIF_OK;
    }
    return GIF_ERROR;
  }
  int width = gif->Image.Width;
  int status = GIF_OK;
  GifPixelType* line = calloc((size_t)width + 1, sizeof *line);
  for (int row = 0; line != NULL && row < gif->Image.Height && status == GIF_OK; ++row) {
    status = DGifGetLine(gif, line, width);
  }
  free(line);
  return status;
}

static int read_extension(GifFileType* gif) {
  int code;
  GifByteType* block;
  int status = DGifGetExtension(gif, &code, &block);
  while (status == GIF_OK && block != NULL) status = DGifGetExtensionNext(gif, &block);
  return status;
}

static void read_records(GifFileType* gif, int options) {
  GifRecordType record;
  int status = DGifGetRecordType(gif, &record);
  while (status == GIF_OK && record != TERMINATE_RECORD_TYPE) {
    if (record == IMAGE_DESC_RECORD_TYPE) {
      status = read_image(gif, options);
    } else if (record == EXTENSION_RECORD_TYPE) {
      status = read_extension(gif);
    }
    if (status == GIF_OK) status = DGifGetRecordType(gif, &record);
  }
}

/* What `copy` points to stays the old file's, but for the maps of colours, which giflib copies.
 * EGifSpew closes a file that it has written, and leaves one that it could not write. */
static void write_again(const GifFileType* gif) {
  size_t used = 0;
  GifFileType* copy = EGifOpen(&used, write_bytes, NULL);
  if (copy == NULL) return;
  copy->SWidth = gif->SWidth;
  copy->SHeight = gif->SHeight;
  copy->SColorResolution = gif->SColorResolution;
  copy->SBackGroundColor = gif->SBackGroundColor;
  copy->SColorMap = gif->SColorMap;
  copy->ImageCount = gif->ImageCount;
  copy->SavedImages = gif->SavedImages;
  if (EGifSpew(copy) == GIF_ERROR) EGifCloseFile(copy, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  int options = data[size - 1] ^ ';';
  struct buffer input = {data, size - 1};
  GifFileType* gif = DGifOpen(&input, read_bytes, NULL);
  if (gif == NULL) return 0;
  if (options & OPTION_RECORDS) {
    read_records(gif, options);
  } else if (DGifSlurp(gif) == GIF_OK) {
    if (options & OPTION_CONTROL) {
      GraphicsControlBlock control;
      for (int i = 0; i < gif->ImageCount; ++i) DGifSavedExtensionToGCB(gif, i, &control);
    }
    if (options & OPTION_WRITE) write_again(gif);
  }
  DGifCloseFile(gif, NULL);
  return 0;
}
