/// Finds ways for the disc around the block.
enum PathFinder {
    private static let cell = 15.0
    private static let first = 22.0
    private static let count = 32

    /// Way points from `start` to `goal`, the last being `goal`; no way between them comes closer to the block than
    /// `margin` (measured from the disc's centre) where that is possible at all.
    static func path(from start: SIMD2<Double>, to goal: SIMD2<Double>, around block: BlockPose, margin: Double)
        -> [SIMD2<Double>]
    {
        if isFree(from: start, to: goal, around: block, margin: margin) { return [goal] }
        let source = nearest(start)
        let target = nearest(goal)
        var free = (0..<count * count).map { block.distance(to: point($0)) >= margin + 2 }
        free[source] = true
        free[target] = true
        // Breadth first from the goal, so that following `next` from the start walks towards it.
        var next = [Int](repeating: -1, count: count * count)
        next[target] = target
        var queue = [target]
        var head = 0
        while head < queue.count, next[source] < 0 {
            let here = queue[head]
            head += 1
            let (column, row) = (here % count, here / count)
            for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)] {
                let (x, y) = (column + dx, row + dy)
                guard x >= 0, x < count, y >= 0, y < count else { continue }
                let there = y * count + x
                guard next[there] < 0, free[there] else { continue }
                next[there] = here
                queue.append(there)
            }
        }
        guard next[source] >= 0 else { return [goal] }
        var cells: [SIMD2<Double>] = []
        var here = source
        while here != target {
            here = next[here]
            if here != target { cells.append(point(here)) }
        }
        cells.append(goal)
        // String pulling: keep only the cells where the line of sight breaks.
        var path: [SIMD2<Double>] = []
        var from = start
        var index = 0
        while index < cells.count {
            var far = index
            for candidate in stride(from: cells.count - 1, to: index, by: -1)
            where isFree(from: from, to: cells[candidate], around: block, margin: margin) {
                far = candidate
                break
            }
            path.append(cells[far])
            from = cells[far]
            index = far + 1
        }
        return path
    }

    /// Whether the disc's centre keeps `margin` from the block on the whole line, its first pixels excepted.
    static func isFree(from start: SIMD2<Double>, to goal: SIMD2<Double>, around block: BlockPose, margin: Double)
        -> Bool
    {
        let way = goal - start
        let steps = max(2, Int((way * way).sum().squareRoot() / 6))
        for step in 1...steps where block.distance(to: start + way * (Double(step) / Double(steps))) < margin {
            return false
        }
        return true
    }

    private static func point(_ index: Int) -> SIMD2<Double> {
        SIMD2(first + cell * Double(index % count), first + cell * Double(index / count))
    }

    private static func nearest(_ point: SIMD2<Double>) -> Int {
        func clamp(_ value: Double) -> Int { min(count - 1, max(0, Int(((value - first) / cell).rounded()))) }
        return clamp(point.y) * count + clamp(point.x)
    }
}
