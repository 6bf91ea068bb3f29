import Kernels

// S rows that have a target, N width, V vocabulary, R rows of the leaf.

extension Transformer {
    /// Cross-entropy over the rows that have a target, a chunk of rows at a time; with `gradient`, also the gradient of the head
    /// and of the final norm's output (left in `space.normed`).
    ///
    /// Chains over rows go on through chunks, so that the chunk size is no part of the bits.
    func head(
        _ leaf: Leaf, _ weights: FloatBuffer, _ space: TransformerWorkspace, gradient: FloatBuffer?
    ) throws -> LeafLoss {
        let n = configuration.width
        let vocabulary = configuration.vocabularySize
        let table = tensor(layout.head, weights)
        let rows = leaf.targets.indices.filter { leaf.targets[$0] >= 0 }
        for (slot, row) in rows.enumerated() {
            space.selected[slot * n..<(slot + 1) * n].copy(from: space.finalNormed[row * n..<(row + 1) * n])
        }
        var loss = LeafLoss()
        if let gradient, rows.isEmpty { tensor(layout.head, gradient).fill(0) }
        for start in stride(from: 0, to: rows.count, by: TransformerWorkspace.chunkRows) {
            let chunk = rows[start..<min(start + TransformerWorkspace.chunkRows, rows.count)]
            let hidden = space.selected[start * n..<(start + chunk.count) * n]
            let logits = space.logits[0..<chunk.count * vocabulary]
            product(
                .plain(hidden), .transposed(table), into: logits, rows: chunk.count, columns: vocabulary, inner: n)
            let scores = kernels.crossEntropy(
                logits, targets: chunk.map { Int(leaf.targets[$0]) }, weights: chunk.map { Float(leaf.weights[$0]) },
                gradient: gradient != nil)
            for (row, score) in zip(chunk, scores) { try add(row, score, of: leaf, to: &loss) }
            guard let gradient else { continue }
            product(
                .transposed(logits), .plain(hidden), into: tensor(layout.head, gradient), rows: vocabulary, columns: n,
                inner: chunk.count, accumulating: start > 0)
            product(
                .plain(logits), .plain(table), into: space.selectedGradient[start * n..<(start + chunk.count) * n],
                rows: chunk.count, columns: n, inner: vocabulary)
        }
        if gradient != nil {
            space.normed.fill(0)
            for (slot, row) in rows.enumerated() {
                space.normed[row * n..<(row + 1) * n].copy(from: space.selectedGradient[slot * n..<(slot + 1) * n])
            }
        }
        return loss
    }

    private func add(
        _ row: Int, _ result: (nats: Double, correct: Bool), of leaf: Leaf, to loss: inout LeafLoss
    ) throws {
        let weight = leaf.weights[row]
        guard result.nats.isFinite else {
            throw ModelingError(
                .nonFinite,
                "loss \(result.nats) at sequence \(row / leaf.length), position \(row % leaf.length) of the leaf; lower the "
                    + "learning rate or look at the leaf's samples")
        }
        loss.weightedSum += Double(weight) * result.nats
        loss.weight += Int64(weight)
        let modality = Int(leaf.modalities[row])
        while loss.byModality.count <= modality { loss.byModality.append(.init()) }
        loss.byModality[modality].sum += result.nats
        loss.byModality[modality].count += 1
        loss.byModality[modality].correct += result.correct ? 1 : 0
    }
}
