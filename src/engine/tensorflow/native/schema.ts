import protobuf from 'protobufjs';

/**
 * The messages of TensorFlow's SavedModel format that a graph needs, with their field numbers, from the definitions that
 * come with TensorFlow 2.9 (saved_model.proto, meta_graph.proto, graph.proto, node_def.proto, attr_value.proto,
 * tensor.proto, tensor_shape.proto). Fields that we never write are left out: protobuf readers do not miss them.
 */
const definition = {
  nested: {
    tensorflow: {
      nested: {
        SavedModel: {
          fields: {
            savedModelSchemaVersion: { type: 'int64', id: 1 },
            metaGraphs: { rule: 'repeated', type: 'MetaGraphDef', id: 2 },
          },
        },
        MetaGraphDef: {
          fields: { metaInfoDef: { type: 'MetaInfoDef', id: 1 }, graphDef: { type: 'GraphDef', id: 2 } },
          nested: { MetaInfoDef: { fields: { tags: { rule: 'repeated', type: 'string', id: 4 } } } },
        },
        GraphDef: {
          fields: {
            node: { rule: 'repeated', type: 'NodeDef', id: 1 },
            versions: { type: 'VersionDef', id: 4 },
          },
        },
        VersionDef: { fields: { producer: { type: 'int32', id: 1 } } },
        NodeDef: {
          fields: {
            name: { type: 'string', id: 1 },
            op: { type: 'string', id: 2 },
            input: { rule: 'repeated', type: 'string', id: 3 },
            // A map is written as its entries.
            attr: { rule: 'repeated', type: 'AttrEntry', id: 5 },
          },
        },
        AttrEntry: { fields: { key: { type: 'string', id: 1 }, value: { type: 'AttrValue', id: 2 } } },
        AttrValue: {
          // One of them is there, even if it is 0 or false.
          oneofs: { value: { oneof: ['i', 'b', 'type', 'shape', 'tensor'] } },
          fields: {
            i: { type: 'int64', id: 3 },
            b: { type: 'bool', id: 5 },
            type: { type: 'int32', id: 6 },
            shape: { type: 'TensorShapeProto', id: 7 },
            tensor: { type: 'TensorProto', id: 8 },
          },
        },
        TensorShapeProto: {
          fields: { dim: { rule: 'repeated', type: 'Dim', id: 2 } },
          nested: { Dim: { fields: { size: { type: 'int64', id: 1 } } } },
        },
        TensorProto: {
          fields: {
            dtype: { type: 'int32', id: 1 },
            tensorShape: { type: 'TensorShapeProto', id: 2 },
            tensorContent: { type: 'bytes', id: 4 },
            floatVal: { rule: 'repeated', type: 'float', id: 5 },
          },
        },
      },
    },
  },
};

let known: protobuf.Type | undefined;

/** The message that is the file saved_model.pb; made when it is first asked for. */
export function savedModel(): protobuf.Type {
  return (known ??= protobuf.Root.fromJSON(definition).lookupType('tensorflow.SavedModel'));
}

/** The numbers of types.proto. */
export const dataType = { float32: 1, int32: 3, bool: 10 } as const;
