import ArgumentParser
import Scheduling

/// In which order ready units of a real run start.
enum RunPolicy: String, CaseIterable, ExpressibleByArgument {
    case criticalPath = "critical-path"
    case fifo
    case airflow

    var policy: any SchedulingPolicy {
        switch self {
        case .criticalPath: CriticalPathPolicy()
        case .fifo: FIFOPolicy()
        case .airflow: AirflowPolicy()
        }
    }
}
