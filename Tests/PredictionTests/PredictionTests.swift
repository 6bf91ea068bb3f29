// Tests of the room Prediction.
