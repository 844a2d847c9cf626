/* The ends of the pipeline on a CPU: camera frame to network input, logits to class ids and to
 * how sure of them the network is.
 *
 * All resize bilinearly. Rows are independent, so that the caller may split them among threads.
 * Built by native_build.py; plain C11, no library.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MAX_CLASSES 256
#define BLOCK 32 /* columns at a time: a fixed count of whole vectors */

/* One side of a resize: pixel i of `pixels` lies at offset + i * step of `source` pixels. */
typedef struct {
    int source, pixels;
    float offset, step;
} Side;

typedef struct {
    int first, second;
    float weight; /* of second */
} Neighbours;

static Neighbours neighbours(int index, Side side)
{
    const float position = side.offset + (float)index * side.step;
    Neighbours n;
    n.first = (int)position < side.source ? (int)position : side.source - 1;
    n.second = n.first + 1 < side.source ? n.first + 1 : side.source - 1;
    n.weight = position - (float)n.first;
    return n;
}

static float mix(float a, float b, float weight)
{
    return a * (1.0f - weight) + b * weight;
}

/* Resize a uint8 frame of three channels to float rows [row_begin, row_end).
 *
 * sides: the height's and the width's.
 * frame_stride: bytes from row to row; out_stride: floats from row to row.
 * mixed_row: scratch of three times the frame's width, one for each thread.
 */
void resize_frame(const uint8_t *frame, ptrdiff_t frame_stride, float *out, ptrdiff_t out_stride,
                  const Side sides[2], int row_begin, int row_end, float *mixed_row)
{
    const Side rows = sides[0], columns = sides[1];
    for (int y = row_begin; y < row_end; ++y) {
        const Neighbours v = neighbours(y, rows);
        const uint8_t *upper = frame + v.first * frame_stride;
        const uint8_t *lower = frame + v.second * frame_stride;
        float *row = out + y * out_stride;
        for (int i = 0; i < columns.source * 3; ++i)
            mixed_row[i] = mix((float)upper[i], (float)lower[i], v.weight);
        for (int x = 0; x < columns.pixels; ++x) {
            const Neighbours h = neighbours(x, columns);
            const float *left = mixed_row + 3 * h.first, *right = mixed_row + 3 * h.second;
            for (int c = 0; c < 3; ++c)
                row[3 * x + c] = mix(left[c], right[c], h.weight);
        }
    }
}

/* Classes that can win somewhere in a cell: those that no corner's winner beats at all corners. */
static int contenders(const float *const corner[4], const uint8_t winner[4], int classes,
                      uint8_t *found)
{
    int count = 0;
    for (int c = 0; c < classes; ++c) {
        int beaten = 0;
        for (int k = 0; k < 4 && !beaten; ++k) {
            const int rival = winner[k];
            beaten = rival != c;
            for (int j = 0; j < 4 && beaten; ++j)
                beaten = corner[j][rival] >= corner[j][c];
        }
        if (!beaten)
            found[count++] = (uint8_t)c;
    }
    return count;
}

typedef struct {
    int top, bottom, left, right; /* pixels, end excluded */
} Box;

static void contested_cell(const float *const corner[4], const uint8_t *found, int count,
                           Side rows, Side columns, Box box, uint8_t *mask)
{
    float left[MAX_CLASSES], right[MAX_CLASSES];
    for (int y = box.top; y < box.bottom; ++y) {
        const float v = neighbours(y, rows).weight;
        for (int k = 0; k < count; ++k) {
            left[k] = mix(corner[0][found[k]], corner[2][found[k]], v);
            right[k] = mix(corner[1][found[k]], corner[3][found[k]], v);
        }
        for (int x = box.left; x < box.right; ++x) {
            const float u = neighbours(x, columns).weight;
            float best = mix(left[0], right[0], u);
            int best_index = 0;
            for (int k = 1; k < count; ++k) {
                const float score = mix(left[k], right[k], u);
                if (score > best) {
                    best = score;
                    best_index = k;
                }
            }
            mask[(ptrdiff_t)y * columns.pixels + x] = found[best_index];
        }
    }
}

static int run_end(int begin, int end, Side side)
{
    const int first = neighbours(begin, side).first;
    int stop = begin + 1;
    while (stop < end && neighbours(stop, side).first == first)
        ++stop;
    return stop;
}

/* Class ids of rows [row_begin, row_end) of a mask from logits (height, width, classes).
 *
 * coarse: argmax of each logit pixel; sides: from the logits' height and width to the mask's.
 * In a cell whose four corners have one winner every pixel has it: scores there are convex
 * combinations of the corners'.
 */
void upsample_argmax(const float *logits, int classes, const uint8_t *coarse, uint8_t *mask,
                     const Side sides[2], int row_begin, int row_end)
{
    const Side rows = sides[0], columns = sides[1];
    const int w = columns.source, width = columns.pixels;
    for (int y = row_begin, y_end; y < row_end; y = y_end) {
        y_end = run_end(y, row_end, rows);
        const Neighbours v = neighbours(y, rows);
        for (int x = 0, x_end; x < width; x = x_end) {
            x_end = run_end(x, width, columns);
            const Neighbours u = neighbours(x, columns);
            const int at[4] = {v.first * w + u.first, v.first * w + u.second,
                               v.second * w + u.first, v.second * w + u.second};
            const uint8_t winner[4] = {coarse[at[0]], coarse[at[1]], coarse[at[2]], coarse[at[3]]};
            if (winner[0] == winner[1] && winner[0] == winner[2] && winner[0] == winner[3]) {
                for (int r = y; r < y_end; ++r)
                    memset(mask + (ptrdiff_t)r * width + x, winner[0], (size_t)(x_end - x));
                continue;
            }
            const float *corner[4];
            for (int k = 0; k < 4; ++k)
                corner[k] = logits + (ptrdiff_t)at[k] * classes;
            uint8_t found[MAX_CLASSES];
            const int count = contenders(corner, winner, classes, found);
            const Box box = {y, y_end, x, x_end};
            contested_cell(corner, found, count, rows, columns, box, mask);
        }
    }
}

/* Columns of one block and between which columns of the logits they lie. */
typedef struct {
    int first[BLOCK], second[BLOCK];
    float weight[BLOCK];
} Columns;

static Columns columns_of(int begin, Side side)
{
    Columns columns;
    for (int i = 0; i < BLOCK; ++i) {
        const int index = begin + i < side.pixels ? begin + i : side.pixels - 1;
        const Neighbours n = neighbours(index, side);
        columns.first[i] = n.first;
        columns.second[i] = n.second;
        columns.weight[i] = n.weight;
    }
    return columns;
}

/* Widen one row of each plane of the logits; scores come out in units of log 2. */
static void widen(const float *row, ptrdiff_t plane_stride, int classes, const Columns *columns,
                  float wide[MAX_CLASSES][BLOCK])
{
    const float log2_e = 1.44269504f;
    for (int c = 0; c < classes; ++c, row += plane_stride)
        for (int i = 0; i < BLOCK; ++i)
            wide[c][i] = log2_e * mix(row[columns->first[i]], row[columns->second[i]],
                                      columns->weight[i]);
}

/* 2^x for x in -126..0, within 1.1e-4 of its value: a 26th of what could change a level. */
static float exp2_of(float x)
{
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole; /* in (-1, 0] */
    const float mantissa = 1.0f + rest * (0.6914218f + rest * (0.2305558f + rest * 0.0391340f));
    union {
        int32_t bits;
        float value;
    } power = {(whole + 127) << 23};
    return mantissa * power.value;
}

/* The largest softmax probability in each column, as 0..255. */
static void largest_probability(float upper[MAX_CLASSES][BLOCK], float lower[MAX_CLASSES][BLOCK],
                                float weight, int classes, uint8_t levels[BLOCK])
{
    float scores[MAX_CLASSES][BLOCK], best[BLOCK], sum[BLOCK];
    for (int i = 0; i < BLOCK; ++i)
        best[i] = -3.0e38f;
    for (int c = 0; c < classes; ++c)
        for (int i = 0; i < BLOCK; ++i) {
            scores[c][i] = mix(upper[c][i], lower[c][i], weight);
            best[i] = scores[c][i] > best[i] ? scores[c][i] : best[i];
        }
    for (int i = 0; i < BLOCK; ++i)
        sum[i] = 0.0f;
    for (int c = 0; c < classes; ++c) {
        /* In a loop of its own: gcc does not vectorise them as one. */
        for (int i = 0; i < BLOCK; ++i) {
            const float below = scores[c][i] - best[i];
            scores[c][i] = below > -126.0f ? below : -126.0f;
        }
        for (int i = 0; i < BLOCK; ++i)
            sum[i] += exp2_of(scores[c][i]);
    }
    for (int i = 0; i < BLOCK; ++i)
        levels[i] = (uint8_t)(255.0f / sum[i] + 0.5f);
}

/* Softmax probability of the best class, as 0..255, of rows [row_begin, row_end) of a mask.
 *
 * logits: (classes, height, width); sides: as for upsample_argmax.
 */
void confidence(const float *logits, int classes, uint8_t *out, const Side sides[2],
                int row_begin, int row_end)
{
    const Side rows = sides[0], columns = sides[1];
    const ptrdiff_t w = columns.source, plane = w * rows.source, width = columns.pixels;
    float upper[MAX_CLASSES][BLOCK], lower[MAX_CLASSES][BLOCK];
    uint8_t levels[BLOCK];
    for (int x = 0; x < width; x += BLOCK) {
        const Columns block = columns_of(x, columns);
        const size_t used = (size_t)(width - x < BLOCK ? width - x : BLOCK);
        for (int y = row_begin, y_end; y < row_end; y = y_end) {
            const Neighbours v = neighbours(y, rows);
            widen(logits + v.first * w, plane, classes, &block, upper);
            widen(logits + v.second * w, plane, classes, &block, lower);
            y_end = run_end(y, row_end, rows);
            for (int r = y; r < y_end; ++r) {
                largest_probability(upper, lower, neighbours(r, rows).weight, classes, levels);
                memcpy(out + r * width + x, levels, used);
            }
        }
    }
}
