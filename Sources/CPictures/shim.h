#pragma once
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <png.h>
#include <jpeglib.h>
#include <jerror.h>
#include <zlib.h>

// Both libraries report errors by longjmp, which Swift cannot cross: each function below contains its own setjmp, returns
// 0 for success and leaves the library's message in `message` otherwise. Buffers are freed by orc_picture_free.

#define ORC_PICTURE_MESSAGE 256

typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
    char *message;
} orc_picture_sink;

static inline void orc_picture_free(void *pointer) { free(pointer); }

static inline void orc_png_fail(png_structp png, png_const_charp text) {
    orc_picture_sink *sink = (orc_picture_sink *)png_get_error_ptr(png);
    snprintf(sink->message, ORC_PICTURE_MESSAGE, "%s", text);
    png_longjmp(png, 1);
}

static inline void orc_png_warn(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static inline void orc_png_append(png_structp png, png_bytep data, size_t length) {
    orc_picture_sink *sink = (orc_picture_sink *)png_get_io_ptr(png);
    if (sink->count + length > sink->capacity) {
        size_t capacity = 2 * (sink->count + length);
        uint8_t *grown = (uint8_t *)realloc(sink->bytes, capacity);
        if (!grown) png_error(png, "out of memory");
        sink->bytes = grown;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->count, data, length);
    sink->count += length;
}

static inline void orc_png_flush(png_structp png) { (void)png; }

/// Encodes 8-bit RGB rows with a pinned deflate level and the Sub filter, without time stamps or text.
static inline int orc_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int level, uint8_t **bytes, size_t *count, char *message
) {
    orc_picture_sink sink = {0, 0, 0, message};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, orc_png_fail, orc_png_warn);
    png_infop info = png ? png_create_info_struct(png) : 0;
    if (!info) {
        png_destroy_write_struct(&png, 0);
        snprintf(message, ORC_PICTURE_MESSAGE, "out of memory");
        return 1;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(sink.bytes);
        return 1;
    }
    png_set_write_fn(png, &sink, orc_png_append, orc_png_flush);
    png_set_compression_level(png, level);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
        PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (uint32_t row = 0; row < height; row++) png_write_row(png, pixels + (size_t)row * width * 3);
    png_write_end(png, 0);
    png_destroy_write_struct(&png, &info);
    *bytes = sink.bytes;
    *count = sink.count;
    return 0;
}

/// Reads the size from the header without decoding.
static inline int orc_png_size(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, char *message) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes, count)) {
        snprintf(message, ORC_PICTURE_MESSAGE, "%s", image.message);
        return 1;
    }
    *width = image.width;
    *height = image.height;
    png_image_free(&image);
    return 0;
}

/// Decodes to 8-bit RGB; `pixels` holds 3 * width * height bytes as orc_png_size gave them. Transparency meets white.
static inline int orc_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, char *message) {
    png_image image;
    png_color white = {255, 255, 255};
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes, count)) {
        snprintf(message, ORC_PICTURE_MESSAGE, "%s", image.message);
        return 1;
    }
    image.format = PNG_FORMAT_RGB;
    if (!png_image_finish_read(&image, &white, pixels, 0, 0)) {
        snprintf(message, ORC_PICTURE_MESSAGE, "%s", image.message);
        png_image_free(&image);
        return 1;
    }
    return 0;
}

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    char *message;
} orc_jpeg_errors;

static inline void orc_jpeg_fail(j_common_ptr info) {
    orc_jpeg_errors *errors = (orc_jpeg_errors *)info->err;
    char text[JMSG_LENGTH_MAX];
    errors->base.format_message(info, text);
    snprintf(errors->message, ORC_PICTURE_MESSAGE, "%s", text);
    longjmp(errors->escape, 1);
}

/// Keeps the first warning; the library would print it.
static inline void orc_jpeg_note(j_common_ptr info, int level) {
    if (level >= 0) return;
    if (info->err->num_warnings == 0) {
        orc_jpeg_errors *errors = (orc_jpeg_errors *)info->err;
        char text[JMSG_LENGTH_MAX];
        errors->base.format_message(info, text);
        snprintf(errors->message, ORC_PICTURE_MESSAGE, "%s", text);
    }
    info->err->num_warnings += 1;
}

/// Decodes to 8-bit RGB with the accurate integer DCT. With `pixels` null only the size is read. A stream that ends
/// early or is damaged is an error, not a grey area.
static inline int orc_jpeg_decode(
    const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height, uint8_t *pixels, char *message
) {
    struct jpeg_decompress_struct info;
    orc_jpeg_errors errors;
    memset(&info, 0, sizeof info);
    info.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = orc_jpeg_fail;
    errors.base.emit_message = orc_jpeg_note;
    errors.message = message;
    if (setjmp(errors.escape)) {
        jpeg_destroy_decompress(&info);
        return 1;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    *width = info.image_width;
    *height = info.image_height;
    if (pixels) {
        info.out_color_space = JCS_RGB;
        info.dct_method = JDCT_ISLOW;
        info.do_fancy_upsampling = TRUE;
        jpeg_start_decompress(&info);
        while (info.output_scanline < info.output_height) {
            JSAMPROW row = pixels + (size_t)info.output_scanline * info.output_width * 3;
            jpeg_read_scanlines(&info, &row, 1);
        }
        jpeg_finish_decompress(&info);
    }
    int damaged = errors.base.num_warnings > 0;
    jpeg_destroy_decompress(&info);
    return damaged;
}
