/// Rows of numbers, one row per step.
public struct Matrix: Hashable, Sendable {
    public let rows: Int
    public let columns: Int
    /// `[rows, columns]`, row-major.
    public let values: [Float]

    /// A matrix of row-major values.
    ///
    /// - Precondition: `values` holds `rows × columns` numbers.
    public init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "rows × columns values")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    public subscript(row: Int, column: Int) -> Float { values[row * columns + column] }

    /// One row.
    public subscript(row row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }
}
