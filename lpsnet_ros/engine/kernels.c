/* The two ends of the pipeline on a CPU: camera frame to network input, logits to class ids.
 *
 * All resize bilinearly. Rows are independent, so that the caller may split them among threads.
 * Built by native.py; plain C11, no library.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MAX_CLASSES 256

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
