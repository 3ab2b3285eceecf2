/// The type of an attribute, a parameter or a result, by the name that management tools know from Java.
package enum BeanType: String, Sendable, Hashable, CaseIterable {
    case string = "java.lang.String"
    case boolean
    case int
    case long
    case double
    /// A JSON object.
    case map = "java.util.Map"
    /// A JSON array.
    case list = "java.util.List"
    case void
}

/// Something of a managed bean that can be read.
package struct AttributeDescription: Sendable, Hashable {
    package let name: String
    package let type: BeanType
    /// What it tells, with its unit.
    package let text: String
    package let isWritable: Bool

    /// An attribute.
    package init(_ name: String, _ type: BeanType, _ text: String, isWritable: Bool = false) {
        self.name = name
        self.type = type
        self.text = text
        self.isWritable = isWritable
    }
}

/// Something that a managed bean does.
package struct OperationDescription: Sendable, Hashable {
    /// Who may call it.
    package enum Access: Sendable, Hashable {
        /// Everybody who may read.
        case everybody
        /// Those who may see single clients and messages.
        case readers
        /// Those who may change something.
        case operators
    }

    /// A parameter.
    package struct Parameter: Sendable, Hashable {
        package let name: String
        package let type: BeanType
        package let text: String

        /// A parameter.
        package init(_ name: String, _ type: BeanType, _ text: String) {
            self.name = name
            self.type = type
            self.text = text
        }
    }

    package let name: String
    package let parameters: [Parameter]
    package let returns: BeanType
    package let text: String
    package let access: Access

    /// An operation.
    package init(
        _ name: String, _ parameters: [Parameter] = [], returns: BeanType, access: Access, _ text: String
    ) {
        self.name = name
        self.parameters = parameters
        self.returns = returns
        self.access = access
        self.text = text
    }

    /// `setLevel(java.lang.String)`: tells operations of one name apart.
    package var signature: String { "\(name)(\(parameters.map(\.type.rawValue).joined(separator: ",")))" }
}

/// What a managed bean offers.
package struct BeanDescription: Sendable, Hashable {
    /// Tells management tools what kind of bean it is.
    package let className: String
    package let text: String
    package let attributes: [AttributeDescription]
    package let operations: [OperationDescription]

    /// A bean.
    package init(
        className: String, _ text: String, attributes: [AttributeDescription], operations: [OperationDescription] = []
    ) {
        self.className = className
        self.text = text
        self.attributes = attributes
        self.operations = operations
    }
}

/// Why a managed bean did not do what it was asked for.
package struct BeanError: Error, Sendable, Hashable {
    /// What is wrong, as far as a protocol tells such things apart.
    package enum Kind: Sendable, Hashable {
        case noSuchBean
        case noSuchAttribute
        case noSuchOperation
        /// A value has the wrong type, or is one that is not possible.
        case badArgument
        /// Who asks may not.
        case notAllowed
        /// What was to be operated on is not there, such as a client.
        case notFound
        /// It could not be done, for no fault of who asks.
        case failed
    }

    package let kind: Kind
    package let message: String

    /// A reason, with a message that says what to do.
    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
