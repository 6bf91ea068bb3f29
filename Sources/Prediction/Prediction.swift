// The room Prediction.
